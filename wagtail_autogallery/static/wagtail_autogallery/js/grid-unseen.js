/*
 * The quiet line of a gallery's form that tells how many images came since it was opened. Saving
 * keeps them in any case; "show them" puts them into the form as saving would. With it the grid is
 * told which of its images are new and wait for somebody to publish them.
 */
(() => {
  const { element, button, text } = globalThis.autogalleryGrid;
  const SECONDS = 15;
  const lines = new Set();
  let asking = null;

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

    watch() {
      lines.add(this);
      // Once for all galleries that are drawn at the same time.
      clearTimeout(asking);
      asking = setTimeout(ask, 0);
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
      const { unseenItemsUrl, holder } = grid.blockDef.meta;
      const told = await read(unseenItemsUrl, [["holder", holder], ["cursor", cursor]]);
      if (!told?.items || cursor !== this.cursor) return;
      const { present } = this;
      const items = told.items.filter(({ value }) => !present.has(String(value.image)));
      const isFirst = this.field("new_images")?.value === "first";
      // Only together: what is before the cursor and not in the list was removed by somebody.
      this.field("cursor").value = told.cursor;
      if (items.length) grid.receive(isFirst ? items.reverse() : items, isFirst);
      this.line.hidden = true;
    }
  }

  async function read(url, query) {
    try {
      const headers = { Accept: "application/json" };
      const response = await fetch(`${url}?${new URLSearchParams(query)}`, { headers });
      return response.ok ? await response.json() : null;
    } catch {
      // Offline: it is asked for again.
      return null;
    }
  }

  async function ask() {
    for (const line of lines) if (!line.element.isConnected) lines.delete(line);
    const asked = new Map(Array.from(lines, (line) => [line, line.cursor]));
    const cursors = new Set([...asked.values()].filter(Boolean));
    const [first] = lines;
    if (!cursors.size || document.hidden || !first.grid.blockDef.meta.holder) return;
    const { unseenUrl, holder } = first.grid.blockDef.meta;
    const named = Array.from(cursors, (cursor) => ["cursor", cursor]);
    const told = await read(unseenUrl, [["holder", holder], ...named]);
    if (!told) return;
    for (const [line, cursor] of asked) if (line.cursor === cursor) line.tell(told[cursor] || {});
  }

  setInterval(ask, SECONDS * 1000);
  document.addEventListener("visibilitychange", ask);
  Object.assign(globalThis.autogalleryGrid, { Unseen });
})();
