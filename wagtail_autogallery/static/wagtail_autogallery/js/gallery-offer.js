/*
 * The offer, where a gallery is switched on or is to follow something else, to add the images that
 * are already there too. How many there are is asked of the server. The wish travels in a hidden
 * field and is heard when the page is published.
 */
(() => {
  const WISH = "yes";
  let last = 0;

  class Offer {
    /**
     * @param fields Those of the gallery: toggle, collection, maximum, cursor and wish, and a way to
     *   count its images.
     * @param meta The URL to ask at, and the page or snippet that the form is about.
     */
    constructor(fields, meta) {
      Object.assign(this, { fields, meta });
      const { toggle, collection, maximum, wish } = fields;
      this.followed = toggle.checked ? collection.value : null;
      this.element = document.createElement("div");
      this.element.className = "autogallery-offer";
      this.element.setAttribute("aria-live", "polite");
      this.box = document.createElement("input");
      this.box.type = "checkbox";
      this.box.id = `autogallery-offer-${(last += 1)}`;
      this.box.checked = this.isWished;
      this.label = document.createElement("label");
      this.label.htmlFor = this.box.id;
      this.box.addEventListener("change", () => this.write());
      toggle.addEventListener("change", () => {
        this.write();
        this.ask();
      });
      collection.addEventListener("change", () => {
        // What was wished of another collection is not wished of this one by an old wish.
        this.write();
        this.ask();
      });
      maximum.addEventListener("change", () => this.ask());
      toggle.closest("[data-contentpath]").append(this.element);
      if (wish.value) this.ask();
    }

    /** Whether it is wished by this page or snippet, and not by one that it is a copy of. */
    get isWished() {
      const { value } = this.fields.wish;
      return value === WISH || value.startsWith(`${this.meta.holder}:`) || value.startsWith(":");
    }

    /** Whether the sync follows already what the form says. */
    get isFollowed() {
      return this.isKnown && this.fields.collection.value === this.followed;
    }

    /** @param isKnown Whether the sync has something to tell of this gallery. */
    told(isKnown) {
      if (this.isKnown === isKnown) return;
      this.isKnown = isKnown;
      this.ask();
    }

    write() {
      const { toggle, wish } = this.fields;
      const value = toggle.checked && this.box.checked ? WISH : "";
      if (wish.value === value) return;
      wish.value = value;
      wish.dispatchEvent(new Event("change", { bubbles: true }));
    }

    get room() {
      const { maximum, countImages } = this.fields;
      return maximum.value && Math.max(0, maximum.value - countImages());
    }

    async ask() {
      const { toggle, collection, cursor } = this.fields;
      const asked = (this.asked = Symbol("asked"));
      const isNew = this.isKnown !== undefined && !this.isFollowed;
      const isOffered = toggle.checked && (isNew || this.isWished);
      const words = isOffered ? await this.words(collection.value, cursor.value) : "";
      // Another answer may be on its way.
      if (asked !== this.asked) return;
      if (this.label.textContent === words) return;
      this.label.textContent = words;
      this.element.replaceChildren(...(words ? [this.box, this.label] : []));
    }

    async words(collection, cursor) {
      const { holder, offerUrl } = this.meta;
      const gallery = cursor.split(":")[0];
      const query = new URLSearchParams({ collection, holder, gallery, room: this.room });
      try {
        const response = await fetch(`${offerUrl}?${query}`, {
          headers: { Accept: "application/json" },
        });
        return response.ok ? (await response.json()).offer : this.label.textContent;
      } catch {
        // Offline: what was offered stays.
        return this.label.textContent;
      }
    }
  }

  globalThis.autogalleryOffer = Offer;
})();
