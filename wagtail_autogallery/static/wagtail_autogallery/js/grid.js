/*
 * The images of a gallery in Wagtail's form: a grid of thumbnails in one field. Items that were
 * opened post the fields of their own form. What the server makes of it: editor/grid.py.
 */
(() => {
  const lib = globalThis.autogalleryGrid;
  const { element, icon, button, text, newId, GridState, Panel, Adding, Moving, Lasso, Comments, Unseen } = lib;
  //: From how many images on they are drawn smaller.
  const SIZES = [[60, "small"], [12, "medium"], [0, "large"]];

  class Grid {
    constructor(blockDef, placeholder, prefix, initialState, initialError) {
      this.blockDef = blockDef;
      this.type = blockDef.name;
      this.prefix = prefix;
      this.strings = blockDef.meta.strings;
      this.state = new GridState();
      this.cells = new Map();
      this.isFiltered = false;
      this.waiting = new Set();
      this.panel = new Panel(this);
      this.adding = new Adding(this);
      this.moving = new Moving(this);
      this.lasso = new Lasso(this);
      this.comments = new Comments(this);
      this.unseen = new Unseen(this);
      this.build();
      (placeholder.jquery ? placeholder[0] : placeholder).replaceWith(this.element);
      this.observer = new IntersectionObserver((entries) => this.draw(entries), {
        rootMargin: "800px",
      });
      this.setState(initialState || []);
      if (initialError) this.setError(initialError);
      this.comments.watch();
    }

    build() {
      const { meta } = this.blockDef;
      const keysId = `${this.prefix}-keys`;
      this.field = element("input", { type: "hidden", name: this.prefix });
      this.list = element("div", { class: "autogallery-grid__list", "aria-describedby": keysId });
      this.empty = element("p", { class: "autogallery-grid__empty" }, this.strings.empty);
      this.status = element("div", { class: "w-sr-only", role: "status" });
      this.count = element("span", { class: "autogallery-grid__count" });
      this.messages = element("div");
      this.filter = button({ class: "button button-small button-secondary" }, () => {
        this.isFiltered = !this.isFiltered;
        this.render();
      });
      this.undoButton = this.tool("history", "undo", () => this.undo());
      this.removeButton = this.tool("bin", "remove", () => this.remove());
      this.sorting = element("select", { "aria-label": this.strings.sort });
      for (const name of ["sort", "by_name", "oldest_first", "newest_first", "reversed"]) {
        this.sorting.append(new Option(this.strings[name], name));
      }
      this.sorting.addEventListener("change", (event) => {
        event.stopPropagation();
        this.sort(this.sorting.value);
        this.sorting.value = "sort";
      });
      this.element = element(
        "div",
        { class: `autogallery-grid ${meta.classname || ""}` },
        this.field,
        this.messages,
        element(
          "div",
          { class: "autogallery-grid__tools" },
          ...this.adding.buttons,
          this.sorting,
          this.moving.button,
          this.removeButton,
          this.undoButton,
          this.filter,
          this.count,
        ),
        this.adding.files,
        this.adding.running,
        this.adding.alert,
        this.unseen.element,
        element("p", { class: "w-sr-only", id: keysId }, this.strings.keys),
        this.empty,
        this.moving.hint,
        this.list,
        this.lasso.element,
        this.status,
        this.panel.parked,
        this.panel.element,
      );
      if (meta.helpText) {
        const help = element("div", { class: "help" });
        // Left unescaped, as Django and Wagtail have it.
        help.innerHTML = meta.helpText;
        this.element.prepend(element("div", { class: "c-sf-help" }, help));
      }
      for (const [name, value] of Object.entries(meta.attrs || {})) {
        this.element.setAttribute(name, value);
      }
      this.list.addEventListener("click", (event) => this.onClick(event));
      this.list.addEventListener("keydown", (event) => this.onKey(event));
      this.list.addEventListener("focusin", (event) => this.onFocus(event));
      this.moving.start();
      this.lasso.start();
    }

    tool(name, string, act) {
      const attributes = { class: "button button-small button-secondary" };
      return button(attributes, act, icon(name), this.strings[string]);
    }

    // What Wagtail asks of a block.

    setState(entries) {
      this.panel.close({ focus: false });
      this.state = new GridState(entries.map((entry) => ({ ...entry, form: null, error: null })));
      for (const item of this.state.items) {
        item.id = item.id || newId();
        if (item.needsForm) this.panel.haveForm(item);
      }
      this.changed({ quietly: true });
    }

    getState() {
      return this.state.items.map((item) => this.stateOf(item, (block) => block.getState()));
    }

    getDuplicatedState() {
      const duplicated = (block) => (block.getDuplicatedState ?? block.getState).call(block);
      return this.state.items.map((item) => ({ ...this.stateOf(item, duplicated), id: newId() }));
    }

    stateOf({ id, value, state, image, form }, read) {
      const told = { id, value: { ...value }, state, image };
      return form ? { ...told, state: read(form.block), needsForm: true } : told;
    }

    getValue() {
      return this.state.items.map(({ value, form }) => (form ? form.block.getValue() : value));
    }

    getTextLabel({ maxLength } = {}) {
      let label = "";
      for (const item of this.state.items) {
        const longer = label ? `${label}, ${this.nameOf(item)}` : this.nameOf(item);
        if (maxLength && longer.length > maxLength - 1) return label ? `${label}…` : longer.slice(0, maxLength - 1);
        label = longer;
      }
      return label;
    }

    focus() {
      (this.cells.get(this.state.focused) || this.adding.buttons[0]).focus();
    }

    setError(error) {
      if (!error) return;
      const messages = (error.messages || []).map((message) => element("p", {}, message));
      this.messages.replaceChildren();
      if (messages.length) {
        this.messages.append(
          element("div", { class: "help-block help-critical" }, icon("warning"), ...messages),
        );
      }
      const items = Object.entries(error.blockErrors || {}).map(([index, itemError]) => {
        const item = this.state.items[index];
        item.error = itemError;
        item.form?.block.setError(itemError);
        return item;
      });
      if (!items.length) return;
      this.state.focus(items[0]);
      this.render();
      this.panel.open(items[0], { focus: false });
      const scroll = () => this.cells.get(items[0])?.scrollIntoView({ block: "center" });
      // While the page is built, there is more to come above.
      if (document.readyState === "complete") scroll();
      else window.addEventListener("load", () => setTimeout(scroll), { once: true });
    }

    // What is shown.

    /** Those that are shown, as long as only some are asked for. */
    get shown() {
      return this.isFiltered ? this.state.items.filter((item) => this.lacksAlt(item)) : this.state.items;
    }

    placeOf(item) {
      return [this.state.indexOf(item), this.state.items.length];
    }

    neighbour(item, offset) {
      const { shown } = this;
      if (shown.includes(item)) return shown[shown.indexOf(item) + offset];
      // It has just been given what the others lack.
      const others = this.state.items.slice(this.state.indexOf(item));
      const passed = new Set(offset > 0 ? others : []);
      return offset > 0
        ? shown.find((other) => passed.has(other))
        : shown.filter((other) => !others.includes(other)).pop();
    }

    nameOf(item) {
      return item.image?.title || this.strings.deleted;
    }

    told(item, name) {
      return item.form ? item.form.block.getState()[name] : item.value[name];
    }

    lacksAlt(item) {
      return Boolean(item.image) && !item.image.alt && !String(this.told(item, "alt_text") ?? "").trim();
    }

    isAutomatic(item) {
      return Boolean(item.image) && item.value.delivered === String(item.image.id);
    }

    /** Whether the sync has put it into the draft only, and nobody has published it yet. */
    isWaiting(item) {
      return this.isAutomatic(item) && this.waiting.has(String(item.image.id));
    }

    /** @param images The keys of the images that wait in the draft. */
    mark(images) {
      this.waiting = new Set(images);
      for (const item of this.cells.keys()) this.dress(item);
    }

    render({ focus = false } = {}) {
      const { items } = this.state;
      const { shown } = this;
      const hadFocus = focus || this.list.contains(document.activeElement);
      for (const [item, cell] of this.cells) {
        if (items.includes(item)) continue;
        this.observer.unobserve(cell);
        this.cells.delete(item);
      }
      this.list.dataset.size = SIZES.find(([from]) => items.length > from || !from)[1];
      const cells = shown.map((item) => this.cells.get(item) || this.makeCell(item));
      if (cells.some((cell, index) => cell !== this.list.children[index]) || cells.length !== this.list.children.length) {
        this.list.replaceChildren(...cells);
      }
      if (shown.length && !shown.includes(this.state.focused)) this.state.focus(shown[0]);
      shown.forEach((item, index) => this.dress(item, index, shown.length));
      if (shown.length) {
        this.list.setAttribute("role", "listbox");
        this.list.setAttribute("aria-label", this.strings.images);
        this.list.setAttribute("aria-multiselectable", "true");
      } else {
        for (const name of ["role", "aria-label", "aria-multiselectable"]) this.list.removeAttribute(name);
      }
      this.empty.hidden = items.length > 0;
      this.tell();
      if (hadFocus) this.cells.get(this.state.focused)?.focus({ preventScroll: !focus });
    }

    /** The line above the grid. */
    tell() {
      const { items, selected } = this.state;
      const lacking = items.filter((item) => this.lacksAlt(item)).length;
      const count = items.length === 1 ? this.strings.one : text(this.strings.many, { count: items.length });
      const chosen = selected.size ? `, ${text(this.strings.selected, { count: selected.size })}` : "";
      this.count.textContent = count + chosen;
      this.filter.hidden = !lacking && !this.isFiltered;
      this.filter.textContent = text(this.strings.without_alt, { count: lacking });
      this.filter.setAttribute("aria-pressed", String(this.isFiltered));
      this.undoButton.disabled = !this.state.canUndo;
      this.removeButton.disabled = !selected.size;
      this.moving.button.disabled = !selected.size || items.length < 2;
      if (!selected.size) this.moving.toggle(false);
    }

    makeCell(item) {
      const cell = element("div", { class: "autogallery-grid__item", role: "option", draggable: "true" });
      cell.item = item;
      this.cells.set(item, cell);
      this.observer.observe(cell);
      return cell;
    }

    /** Draw what comes into view, and nothing else. */
    draw(entries) {
      for (const { target, isIntersecting } of entries) {
        target.isNear = isIntersecting;
        if (isIntersecting) this.drawCell(target);
        else target.replaceChildren();
      }
    }

    drawCell(cell) {
      const { item } = cell;
      const picture = (this.list.dataset.size === "large" && item.image?.large) || item.image?.small;
      const marks = [];
      if (item.error) marks.push(["warning", "error"]);
      const isNew = this.isWaiting(item);
      if (this.isAutomatic(item) && !isNew) marks.push(["rotate", "automatic"]);
      if (this.comments.has(item)) marks.push(["comment", "comment"]);
      if (this.lacksAlt(item)) marks.push(["help", "alt"]);
      const words = item.image ? this.strings.no_picture : "";
      cell.replaceChildren(
        picture
          ? element("img", { src: picture[0], alt: "", draggable: "false" })
          : element("span", { class: "autogallery-grid__words" }, `${this.nameOf(item)} ${words}`),
        element("span", { class: "autogallery-grid__check" }, icon("check")),
        isNew ? element("span", { class: "autogallery-grid__new" }, this.strings.new) : "",
        element(
          "span",
          { class: "autogallery-grid__marks" },
          ...marks.map(([name, kind]) => element("span", { "data-mark": kind }, icon(name))),
        ),
      );
    }

    dress(item, index = undefined, count = undefined) {
      const cell = this.cells.get(item);
      if (!cell) return;
      const { strings, state } = this;
      const said = [
        this.nameOf(item),
        this.isAutomatic(item) && (this.isWaiting(item) ? strings.waiting : strings.automatic),
        this.lacksAlt(item) && strings.no_alt,
        this.comments.has(item) && strings.commented,
        item.error && strings.has_error,
      ].filter(Boolean);
      cell.setAttribute("aria-label", said.join(", "));
      cell.title = said.join(", ");
      cell.setAttribute("aria-selected", String(state.selected.has(item)));
      cell.tabIndex = item === state.focused ? 0 : -1;
      cell.toggleAttribute("data-error", Boolean(item.error));
      cell.toggleAttribute("data-deleted", !item.image);
      if (index !== undefined) {
        cell.setAttribute("aria-posinset", index + 1);
        cell.setAttribute("aria-setsize", count);
      }
      const look = JSON.stringify([said, item.image?.small, this.list.dataset.size]);
      if (cell.isNear && cell.look !== look) this.drawCell(cell);
      cell.look = look;
    }

    // What is done.

    /** Write the field, and have Wagtail see that there is something to save. */
    write({ quietly = false } = {}) {
      const sent = this.state.items.map(({ id, value, form }) =>
        form ? { type: "item", id, form: form.number } : { type: "item", id, value },
      );
      const json = JSON.stringify(sent);
      if (json === this.field.value) return;
      this.field.value = json;
      if (quietly) return;
      this.field.dispatchEvent(new Event("input", { bubbles: true }));
      this.field.dispatchEvent(new Event("change", { bubbles: true }));
    }

    changed({ quietly = false, focus = false } = {}) {
      this.panel.keep(this.state.items);
      this.write({ quietly });
      this.render({ focus });
    }

    announce(string, values) {
      this.status.textContent = text(this.strings[string], values);
    }

    add(images, index = undefined) {
      const blank = this.blockDef.blankItem;
      const items = images.map((image) => ({
        id: newId(),
        value: { ...blank.value, image: image.id },
        state: { ...blank.state },
        image,
        form: null,
        error: null,
      }));
      if (!this.state.insert(items, index)) return;
      this.isFiltered = false;
      this.changed();
      this.announce("added", { count: items.length });
    }

    /** Take in what a sync has put into the gallery since the form was opened. */
    receive(entries, isFirst) {
      const items = entries.map((entry) => ({ ...entry, form: null, error: null }));
      this.state.receive(items, isFirst);
      this.isFiltered = false;
      this.changed({ focus: true });
      this.announce("added", { count: items.length });
    }

    remove() {
      const items = this.state.chosen;
      if (!this.state.remove(items)) return;
      this.changed();
      this.announce("removed", { count: items.length });
    }

    undo() {
      if (!this.state.undo()) return;
      this.changed();
      this.announce("undone");
    }

    sort(name) {
      const change = {
        by_name: () => this.state.sort(lib.compareNames),
        oldest_first: () => this.state.sort(lib.compareDates),
        newest_first: () => this.state.sort((a, b) => lib.compareDates(b, a)),
        reversed: () => this.state.reverse(),
      }[name];
      if (!change?.()) return;
      this.changed();
      this.announce("sorted");
    }

    open(item, { focus = true } = {}) {
      this.state.focus(item);
      this.render();
      this.panel.open(item, { focus });
    }

    onClick(event) {
      const item = event.target.closest("[role=option]")?.item;
      if (!item) return;
      const { state } = this;
      if (this.moving.isPlacing) {
        this.moving.placeAt(item);
        return;
      }
      state.focus(item);
      if (event.shiftKey) state.selectTo(item, this.shown);
      else if (event.ctrlKey || event.metaKey || event.target.closest(".autogallery-grid__check")) {
        state.toggle(item);
      } else {
        state.selectOnly(null);
        this.open(item);
        return;
      }
      this.render({ focus: true });
    }

    onFocus(event) {
      const item = event.target.closest("[role=option]")?.item;
      if (!item || item === this.state.focused) return;
      const before = this.state.focused;
      this.state.focus(item);
      this.dress(before);
      this.dress(item);
    }

    get isRightToLeft() {
      return getComputedStyle(this.list).direction === "rtl";
    }

    get columns() {
      const { children } = this.list;
      const top = children[0]?.offsetTop;
      const inRow = [...children].findIndex((cell) => cell.offsetTop !== top);
      return inRow < 0 ? Math.max(children.length, 1) : inRow;
    }

    onKey(event) {
      const { state, shown, moving, isRightToLeft } = this;
      const isCommand = event.ctrlKey || event.metaKey;
      const act = {
        " ": () => state.toggle(state.focused),
        Enter: () => (moving.isPlacing ? moving.placeAt(state.focused) : this.panel.open(state.focused)),
        Delete: () => this.remove(),
        Backspace: () => this.remove(),
        Escape: () => (moving.isPlacing ? moving.toggle(false) : state.selectOnly(null)),
        a: isCommand && (() => state.selectAll(shown)),
        z: isCommand && (() => this.undo()),
      }[event.key];
      const place = shown.indexOf(state.focused);
      const next = lib.placeAfterKey(event.key, place, shown.length, this.columns, isRightToLeft);
      if (act) act();
      else if (next === undefined) return;
      else if (isCommand) moving.byKey(event.key, this.columns);
      else {
        if (event.shiftKey && !state.selected.size) state.selectOnly(state.focused);
        state.focus(shown[next]);
        if (event.shiftKey) state.selectTo(state.focused, shown);
      }
      event.preventDefault();
      event.stopPropagation();
      if (!this.panel.item) this.render({ focus: true });
    }
  }

  class GalleryImages {
    constructor(name, childBlockDef, blankItem, meta) {
      this.name = name;
      this.childBlockDef = childBlockDef;
      this.blankItem = blankItem;
      this.meta = meta;
    }

    render(placeholder, prefix, initialState, initialError) {
      return new Grid(this, placeholder, prefix, initialState, initialError);
    }
  }

  window.telepath.register("wagtail_autogallery.GalleryImages", GalleryImages);
})();
