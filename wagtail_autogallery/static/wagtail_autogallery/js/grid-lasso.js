/* Select images of a gallery's form with the mouse, by a box that is drawn from between them. */
(() => {
  const { element, boxOf, itemsWithin } = globalThis.autogalleryGrid;

  class Lasso {
    constructor(grid) {
      this.grid = grid;
      this.element = element("div", { class: "autogallery-grid__lasso", hidden: "", "aria-hidden": "true" });
    }

    /** Once the grid is built. */
    start() {
      const { list } = this.grid;
      list.addEventListener("pointerdown", (event) => this.onDown(event));
      list.addEventListener("pointermove", (event) => this.from && this.onMove(event));
      for (const name of ["pointerup", "pointercancel"]) {
        list.addEventListener(name, (event) => this.from && this.onUp(event));
      }
    }

    onDown(event) {
      const { list, state, cells } = this.grid;
      // A finger scrolls.
      if (event.target !== list || event.button !== 0 || event.pointerType === "touch") return;
      event.preventDefault();
      list.setPointerCapture(event.pointerId);
      this.from = this.point(event);
      this.kept = event.shiftKey || event.ctrlKey || event.metaKey ? [...state.selected] : [];
      const { left, top } = this.grid.element.getBoundingClientRect();
      this.boxes = this.grid.shown.map((item) => {
        const box = cells.get(item).getBoundingClientRect();
        return [item, boxOf({ x: box.left - left, y: box.top - top }, { x: box.right - left, y: box.bottom - top })];
      });
      this.onMove(event);
    }

    onMove(event) {
      const { state } = this.grid;
      const box = boxOf(this.from, this.point(event));
      const { left, top, right, bottom } = box;
      this.element.hidden = false;
      this.element.style.cssText = `left:${left}px;top:${top}px;width:${right - left}px;height:${bottom - top}px`;
      const selected = [...this.kept, ...itemsWithin(this.boxes, box)];
      if (selected.length === state.selected.size && selected.every((item) => state.selected.has(item))) return;
      state.selectAll(selected);
      this.grid.render();
    }

    onUp(event) {
      this.from = null;
      this.element.hidden = true;
      if (event.type === "pointerup") this.grid.render({ focus: true });
    }

    /** In the grid, so that the page may be scrolled meanwhile. */
    point({ clientX, clientY }) {
      const { left, top } = this.grid.element.getBoundingClientRect();
      return { x: clientX - left, y: clientY - top };
    }
  }

  Object.assign(globalThis.autogalleryGrid, { Lasso });
})();
