/*
 * The panel in which an item of a gallery is opened: its picture, and the form of its block, which
 * may be any that the site has made. It is no modal dialog: Wagtail's choosers open above it.
 */
(() => {
  const { element, icon, button, text } = globalThis.autogalleryGrid;
  const TEXT_FIELDS = "input[type=text], textarea, [contenteditable=true]";

  class Panel {
    constructor(grid) {
      this.grid = grid;
      this.strings = grid.strings;
      this.item = null;
      this.count = 0;
      const titleId = `${grid.prefix}-panel-title`;
      this.title = element("h2", { id: titleId, class: "autogallery-panel__title" });
      this.place = element("p", { class: "autogallery-panel__place" });
      this.picture = element("img", { class: "autogallery-panel__picture", alt: "" });
      this.edit = element(
        "a",
        { class: "button button-small button-secondary", target: "_blank", rel: "noopener" },
        this.strings.edit,
      );
      this.why = element("p", { class: "autogallery-panel__why", role: "status" });
      this.forms = element("div", { class: "autogallery-panel__forms" });
      // Out of sight, but at a place: Wagtail shows no comment on what has none.
      this.parked = element("div", { class: "autogallery-grid__parked" });
      this.previous = this.tool("arrow-left", "previous", () => this.step(-1));
      this.next = this.tool("arrow-right", "next", () => this.step(1));
      this.element = element(
        "div",
        {
          class: "autogallery-panel",
          role: "dialog",
          "aria-labelledby": titleId,
          hidden: "",
        },
        element(
          "div",
          { class: "autogallery-panel__head" },
          this.title,
          this.previous,
          this.next,
          this.tool("cross", "close", () => this.close()),
        ),
        this.place,
        this.picture,
        this.edit,
        this.why,
        this.forms,
      );
      this.element.addEventListener("keydown", (event) => this.onKey(event));
      for (const name of ["input", "change"]) {
        this.forms.addEventListener(name, () => this.item && this.onEdit());
      }
    }

    tool(name, string, act) {
      return button({ class: "autogallery-panel__tool", "aria-label": this.strings[string] }, act, icon(name));
    }

    /** Show an item, with its form. */
    open(item, { focus = true } = {}) {
      if (this.item && this.item !== item) this.leave(this.item);
      this.item = item;
      this.haveForm(item);
      this.forms.append(item.form.element);
      this.element.hidden = false;
      this.show();
      this.askWhy();
      this.element.scrollTop = 0;
      if (focus) this.focus();
    }

    /** Whoever knows may write into the line why the image is here. */
    askWhy() {
      const detail = { prefix: this.grid.prefix, image: this.item.image?.id, line: this.why };
      this.element.dispatchEvent(new CustomEvent("autogallery:opened", { bubbles: true, detail }));
    }

    show() {
      const { item } = this;
      const [place, count] = this.grid.placeOf(item);
      const picture = item.image?.large || item.image?.small;
      this.title.textContent = this.grid.nameOf(item);
      this.place.textContent = text(this.strings.place, { place: place + 1, count });
      this.previous.disabled = place <= 0;
      this.next.disabled = place >= count - 1;
      this.picture.hidden = !picture;
      if (picture) {
        const [url, width, height] = picture;
        Object.assign(this.picture, { src: url, width, height });
      }
      this.edit.hidden = !item.image?.edit_url;
      if (item.image?.edit_url) this.edit.href = item.image.edit_url;
    }

    /** The item posts its own fields from now on. */
    haveForm(item, { quietly = false } = {}) {
      if (item.form) return;
      const { blockDef, prefix } = this.grid;
      const placeholder = element("div");
      const form = element("div", { "data-contentpath": item.id }, placeholder);
      this.parked.append(form);
      const number = this.count;
      this.count += 1;
      // As Wagtail does it: a struct that is part of a list is not folded by itself.
      blockDef.childBlockDef.collapsible = false;
      const block = blockDef.childBlockDef.render(
        placeholder,
        `${prefix}-${number}-value`,
        formState(item),
        item.error,
      );
      item.form = { number, block, element: form };
      this.grid.write({ quietly });
    }

    /** What can be told without its form does without: Django takes only so many fields. */
    leave(item) {
      const { blockDef, comments } = this.grid;
      if (!item.form) return;
      if (!blockDef.meta.isPlain || item.error || comments.has(item)) {
        this.parked.append(item.form.element);
        return;
      }
      const state = item.form.block.getState();
      for (const [name, value] of Object.entries(state)) {
        const told = name === "image" ? (value?.id ?? null) : value;
        if (String(told ?? "") === String(item.value[name] ?? "")) continue;
        item.value[name] = told;
        delete item.state[name];
      }
      item.form.element.remove();
      item.form = null;
      this.grid.write();
    }

    onEdit() {
      const { item } = this;
      const chosen = item.form.block.getState().image;
      if (String(chosen?.id ?? "") !== String(item.image?.id ?? "")) {
        item.image = chosen ? imageFromChooser(chosen) : null;
      }
      this.show();
      this.grid.dress(item);
      this.grid.tell();
    }

    /** The item before or after this one, in the same field as now. */
    step(offset) {
      const item = this.grid.neighbour(this.item, offset);
      if (!item) return;
      const active = document.activeElement;
      const fields = [...this.item.form.element.querySelectorAll(TEXT_FIELDS)];
      const field = fields.indexOf(active);
      this.open(item, { focus: false });
      this.grid.state.focus(item);
      this.grid.render();
      if (field < 0) return;
      item.form.element.querySelectorAll(TEXT_FIELDS)[field]?.focus();
    }

    onKey(event) {
      const isInForm = this.forms.contains(event.target);
      const offset = { PageDown: 1, PageUp: -1 }[event.key];
      if (event.key === "Escape") this.close();
      else if (offset) this.step(offset);
      else if (event.key === "Enter" && isInForm && event.target.matches("input[type=text]")) {
        this.step(event.shiftKey ? -1 : 1);
      } else return;
      event.preventDefault();
      event.stopPropagation();
    }

    focus() {
      const field = this.item.form.element.querySelector(TEXT_FIELDS);
      (field || this.element.querySelector("button:not(:disabled)")).focus();
    }

    close({ focus = true } = {}) {
      if (!this.item) return;
      const { item } = this;
      this.leave(item);
      this.item = null;
      this.element.hidden = true;
      if (!focus) return;
      this.grid.state.focus(item);
      this.grid.render({ focus: true });
    }

    /** Have those items post their forms that are in the gallery, and no others. */
    keep(items) {
      const kept = new Set(items);
      if (this.item && !kept.has(this.item)) this.close({ focus: false });
      const forms = new Set(items.flatMap((item) => (item.form ? [item.form.element] : [])));
      for (const form of [...this.forms.children, ...this.parked.children]) {
        if (!forms.has(form)) form.remove();
      }
      for (const form of forms) if (!form.isConnected) this.parked.append(form);
      if (this.item) this.show();
    }
  }

  /** What Wagtail's form of the item's block starts with. */
  function formState(item) {
    const { image } = item;
    const [url, width, height] = image?.small || ["", "", ""];
    const { id, title, edit_url, default_alt_text } = image || {};
    const chosen = image && { id, title, edit_url, default_alt_text, preview: { url, width, height } };
    return { ...item.value, ...item.state, image: chosen };
  }

  /** An image as Wagtail's choosers tell of it. */
  function imageFromChooser({ id, title, edit_url, default_alt_text, preview }) {
    const small = preview?.url ? [preview.url, preview.width, preview.height] : null;
    // Without a description it is the title.
    const alt = default_alt_text === title ? "" : default_alt_text;
    return { id, title, alt, default_alt_text, edit_url, small, large: null };
  }

  Object.assign(globalThis.autogalleryGrid, { Panel, imageFromChooser, formState });
})();
