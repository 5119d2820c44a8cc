/*
 * Wagtail's comments on what is in a gallery: the images that have any are marked in the grid, and
 * whoever goes to a comment finds its image opened. Their forms are there from the start, because
 * Wagtail shows no comment whose field is missing.
 */
(() => {
  class Comments {
    constructor(grid) {
      this.grid = grid;
      this.parts = new Set();
      this.path = "";
    }

    watch() {
      // As Wagtail's own fields do it. Not every form has comments.
      const store = window.comments?.commentApp?.store;
      if (!store) return;
      const stop = store.subscribe(() => {
        if (this.grid.element.isConnected) this.look(store.getState());
        else stop();
      });
      this.look(store.getState());
    }

    has(item) {
      return this.parts.has(item.id);
    }

    look({ comments: { comments, focusedComment }, settings }) {
      // After each autosave all are read anew, one after the other.
      if (settings?.isReloading) return;
      const open = [...comments.values()].filter(({ deleted, resolved }) => !deleted && !resolved);
      this.mark(new Set(open.flatMap(({ contentpath }) => contentpath.split("."))));
      this.goTo(comments.get(focusedComment)?.contentpath ?? "");
    }

    /** @param parts Of the paths of what is commented; ids of items are among them. */
    mark(parts) {
      const { items } = this.grid.state;
      const before = this.parts;
      this.parts = parts;
      for (const item of items) {
        if (before.has(item.id) === parts.has(item.id)) continue;
        if (parts.has(item.id)) this.grid.panel.haveForm(item, { quietly: true });
        this.grid.dress(item);
      }
    }

    goTo(path) {
      if (path === this.path) return;
      this.path = path;
      const parts = new Set(path.split("."));
      const item = this.grid.state.items.find(({ id }) => parts.has(id));
      if (!item || item === this.grid.panel.item) return;
      this.grid.open(item, { focus: false });
      // Wagtail puts comments beside what they are about.
      document.body.dispatchEvent(new CustomEvent("commentAnchorVisibilityChange"));
    }
  }

  Object.assign(globalThis.autogalleryGrid, { Comments });
})();
