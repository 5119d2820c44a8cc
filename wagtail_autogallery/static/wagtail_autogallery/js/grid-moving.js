/*
 * How images are moved in the grid of a gallery's form by mouse or by touch: dragged, or by the button
 * "Move" and a click on the place that they take. Files that are dropped are uploaded there.
 */
(() => {
  const { icon, element } = globalThis.autogalleryGrid;
  const DRAGGED = "application/x-autogallery-items";

  class Moving {
    constructor(grid) {
      this.grid = grid;
      this.dragged = null;
      this.button = grid.tool("order", "move", () => this.toggle());
      this.button.setAttribute("aria-pressed", "false");
      this.hint = element("p", { class: "autogallery-grid__hint", hidden: "" }, icon("order"), grid.strings.where);
    }

    /** Once the grid is built. */
    start() {
      const { list, element: whole } = this.grid;
      list.addEventListener("dragstart", (event) => this.onDragStart(event));
      for (const name of ["dragenter", "dragover", "dragleave", "dragend", "drop"]) {
        whole.addEventListener(name, (event) => this.onDrag(event));
      }
    }

    // By two clicks.

    get isPlacing() {
      return this.button.getAttribute("aria-pressed") === "true";
    }

    toggle(isPlacing = !this.isPlacing) {
      if (isPlacing === this.isPlacing) return;
      this.button.setAttribute("aria-pressed", String(isPlacing));
      this.hint.hidden = !isPlacing;
      this.grid.list.toggleAttribute("data-placing", isPlacing);
      if (isPlacing) this.grid.announce("where");
    }

    /** Put what is selected where an item is. */
    placeAt(item) {
      this.toggle(false);
      const { state } = this.grid;
      this.tell(state.moveOnto(state.chosen, item));
    }

    // By dragging.

    onDragStart(event) {
      const { grid } = this;
      const item = event.target.closest("[role=option]")?.item;
      if (!item) return;
      if (!grid.state.selected.has(item)) {
        grid.state.selectOnly(item);
        grid.state.focus(item);
        grid.render();
      }
      this.dragged = grid.state.chosen;
      event.dataTransfer.setData(DRAGGED, "");
      event.dataTransfer.effectAllowed = "move";
    }

    /** Items of this grid that are dragged over it, or files. */
    onDrag(event) {
      const { adding, state } = this.grid;
      const { types } = event.dataTransfer || { types: [] };
      const isFiles = types.includes("Files") && adding.mayUpload;
      const isOurs = types.includes(DRAGGED) && this.dragged;
      if (event.type === "dragend") this.dragged = null;
      if (event.type === "dragend" || event.type === "dragleave") this.point(null);
      if (!isFiles && !isOurs) return;
      event.preventDefault();
      event.stopPropagation();
      const { cell, isAfter } = this.target(event);
      if (event.type === "dragover" || event.type === "dragenter") this.point(cell, isAfter);
      if (event.type !== "drop") return;
      this.point(null);
      const index = cell ? state.indexOf(cell.item) + (isAfter ? 1 : 0) : undefined;
      if (isFiles) adding.upload([...event.dataTransfer.files], index);
      else if (cell) this.tell(state.moveTo(this.dragged, index));
      this.dragged = null;
    }

    target(event) {
      const cell = event.target.closest("[role=option]");
      if (!cell) return {};
      const { left, width } = cell.getBoundingClientRect();
      const isRightHalf = event.clientX > left + width / 2;
      return { cell, isAfter: isRightHalf !== this.grid.isRightToLeft };
    }

    /** Show where what is dragged would go. */
    point(cell, isAfter = false) {
      this.pointed?.removeAttribute("data-drop");
      this.pointed = cell;
      cell?.setAttribute("data-drop", isAfter ? "after" : "before");
    }

    // By keys.

    byKey(key, columns) {
      const { state, isRightToLeft } = this.grid;
      const forward = isRightToLeft ? -1 : 1;
      const offset = {
        ArrowRight: forward,
        ArrowLeft: -forward,
        ArrowDown: columns,
        ArrowUp: -columns,
        Home: -state.items.length,
        End: state.items.length,
      }[key];
      this.tell(state.moveBy(state.chosen, offset));
    }

    tell(hasMoved) {
      if (!hasMoved) return;
      this.grid.changed();
      const [place, count] = this.grid.placeOf(this.grid.state.chosen[0]);
      this.grid.announce("moved", { place: place + 1, count });
    }
  }

  Object.assign(globalThis.autogalleryGrid, { Moving });
})();
