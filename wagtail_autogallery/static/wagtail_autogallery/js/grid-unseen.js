/*
 * The quiet line of a gallery's form that tells how many images came since it was opened, by what
 * `gallery-block.js` hears of it. Saving keeps them in any case; "show them" puts them into the form
 * as saving would. With it the grid is told which of its images are new and wait for somebody to
 * publish them.
 */
(() => {
  const { element, button, text } = globalThis.autogalleryGrid;

  class Unseen {
    constructor(grid) {
      const show = button({ class: "button button-small button-secondary" }, () => this.show());
      show.textContent = grid.strings.show_unseen;
      this.grid = grid;
      this.words = element("span");
      this.line = element("p", { class: "autogallery-grid__unseen", hidden: "" }, this.words, " ", show);
      this.element = element("div", { role: "status" }, this.line);
    }

    /** Fields of the gallery that the images are in; a list of images elsewhere has none. */
    field(name) {
      return document.getElementById(this.grid.prefix.replace(/images$/, name));
    }

    get cursor() {
      return this.field("cursor")?.value || "";
    }

    get present() {
      return new Set(this.grid.state.items.map(({ image }) => String(image?.id)));
    }

    /**
     * @param unseen The keys of the images that came. What was added here by hand is no news.
     * @param waiting Those of the images that are in the draft only.
     */
    tell({ unseen = [], waiting = [] }) {
      const { present } = this;
      const count = unseen.filter((key) => !present.has(key)).length;
      this.grid.mark(waiting);
      const { strings } = this.grid;
      this.line.hidden = !count;
      const words = count === 1 ? strings.one_unseen : text(strings.unseen, { count });
      if (count && this.words.textContent !== words) this.words.textContent = words;
    }

    async show() {
      const { grid, cursor } = this;
      const told = await this.read().catch(() => null);
      if (!told?.items || cursor !== this.cursor) return;
      const { present } = this;
      const items = told.items.filter(({ value }) => !present.has(String(value.image)));
      const isFirst = this.field("new_images")?.value === "first";
      // Only together: what is before the cursor and not in the list was removed by somebody.
      this.field("cursor").value = told.cursor;
      if (items.length) grid.receive(isFirst ? items.reverse() : items, isFirst);
      this.line.hidden = true;
    }

    /** Fails offline, and then may be asked again. */
    async read() {
      const { unseenItemsUrl, holder } = this.grid.blockDef.meta;
      const query = new URLSearchParams({ holder, cursor: this.cursor });
      const headers = { Accept: "application/json" };
      const response = await fetch(`${unseenItemsUrl}?${query}`, { headers });
      return response.ok ? response.json() : null;
    }
  }

  Object.assign(globalThis.autogalleryGrid, { Unseen });
})();
