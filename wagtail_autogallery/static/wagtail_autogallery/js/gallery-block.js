/*
 * The form of a gallery: Wagtail's own, its options as `gallery-options.js` has them, what
 * `gallery-offer.js` offers, and a line below the toggle that tells what the gallery is doing. That,
 * and what came meanwhile, is asked for when the form opens and now and then, because a sync may
 * come any time.
 */
(() => {
  const SECONDS = 15;
  const lines = new Set();
  let url = "";
  let holder = "";
  let asking = null;

  /* A sentence, or something that can be done about it. */
  function asNode(part) {
    if (typeof part === "string") return part;
    const link = document.createElement("a");
    link.textContent = part.label;
    link.href = `${part.url}&${new URLSearchParams([["next", window.location.pathname]])}`;
    return link;
  }

  class StateLine {
    constructor({ toggle, cursor, images }, words) {
      this.toggle = toggle;
      this.field = cursor;
      this.images = images;
      this.words = words;
      this.element = document.createElement("p");
      this.element.className = "autogallery-state";
      this.element.setAttribute("role", "status");
      toggle.closest("[data-contentpath]").append(this.element);
      toggle.addEventListener("change", () => this.show());
      this.show();
    }

    get cursor() {
      return this.field.value;
    }

    show(told) {
      this.told = told || this.told || [];
      const parts = this.told.length ? this.told : [this.words.notYet];
      this.element.hidden = !this.toggle.checked;
      const text = JSON.stringify(parts);
      if (this.text === text) return;
      this.text = text;
      this.element.replaceChildren(...parts.flatMap((part) => [asNode(part), " "]));
    }
  }

  async function ask() {
    for (const line of lines) if (!line.element.isConnected) lines.delete(line);
    const cursors = new Set(Array.from(lines, (line) => line.cursor).filter(Boolean));
    if (document.hidden) return;
    if (!cursors.size || !holder) return tell({});
    const named = Array.from(cursors, (cursor) => ["cursor", cursor]);
    const query = new URLSearchParams([["holder", holder], ...named]);
    try {
      const response = await fetch(`${url}?${query}`, { headers: { Accept: "application/json" } });
      if (!response.ok) return;
      tell(await response.json());
    } catch {
      // Offline: what was told last stays.
    }
  }

  function tell(told) {
    for (const line of lines) {
      const about = told[line.cursor] || {};
      line.show(about.state);
      line.offer.told(line.told.length > 0);
      // A site may have a list of its own.
      line.images.unseen?.tell(about);
    }
  }

  function add(line) {
    lines.add(line);
    // Once for all galleries that are drawn at the same time.
    clearTimeout(asking);
    asking = setTimeout(ask, 0);
  }

  class GalleryBlockDefinition extends window.wagtailStreamField.blocks.StructBlockDefinition {
    render(placeholder, prefix, initialState, initialError) {
      const block = super.render(placeholder, prefix, initialState, initialError);
      const field = (name) => document.getElementById(`${prefix}-${name}`);
      const fields = {
        toggle: field("auto_sync_media"),
        collection: field("collection"),
        maximum: field("max_images"),
        cursor: field("cursor"),
        wish: field("add_existing"),
        images: block.childBlocks.images,
        countImages: () => block.childBlocks.images.getState().length,
      };
      if (!fields.toggle || !fields.cursor) return block;
      url = this.meta.statesUrl;
      holder = this.meta.holder;
      const line = new StateLine(fields, { notYet: this.meta.notYet });
      line.offer = new globalThis.autogalleryOffer(fields, this.meta);
      add(line);
      new globalThis.autogalleryWhy(fields.toggle, fields.cursor, prefix, this.meta);
      new globalThis.autogalleryOptions(block.container[0], fields.toggle, this.meta.syncOptions);
      const { getDuplicatedState } = block;
      // A duplicate wishes nothing of its own accord.
      block.getDuplicatedState = function withoutWish() {
        return { ...getDuplicatedState.call(this), add_existing: "" };
      };
      return block;
    }
  }

  setInterval(ask, SECONDS * 1000);
  document.addEventListener("visibilitychange", ask);
  window.telepath.register("wagtail_autogallery.GalleryBlock", GalleryBlockDefinition);
})();
