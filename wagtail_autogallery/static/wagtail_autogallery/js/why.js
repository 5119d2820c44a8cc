/*
 * Why is this image (not) here? In the form of a gallery: a link to where one asks for an image that
 * is missing, and in the panel of an image that is opened the answer for this gallery.
 */
(() => {
  const galleries = new Map();

  class Why {
    constructor(toggle, cursor, prefix, meta) {
      this.cursor = cursor;
      this.meta = meta;
      galleries.set(`${prefix}-images`, this);
      if (!meta.whyUrl) return;
      const link = document.createElement("a");
      link.className = "autogallery-why";
      link.href = meta.whyUrl;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = meta.why;
      toggle.closest("[data-contentpath]").append(link);
    }

    get key() {
      return this.cursor.value.split(":")[0];
    }

    /** Put the answer for an image into its panel, unless another one is open by then. */
    async tell(image, line) {
      line.textContent = "";
      line.dataset.image = image;
      if (!this.meta.holder || !this.key || !image) return;
      const query = new URLSearchParams({ holder: this.meta.holder, image });
      try {
        const response = await fetch(`${this.meta.answersUrl}?${query}`, {
          headers: { Accept: "application/json" },
        });
        if (!response.ok) return;
        const told = await response.json();
        if (line.dataset.image === String(image)) line.textContent = told[this.key] || "";
      } catch {
        // Offline: there is no answer.
      }
    }
  }

  document.addEventListener("autogallery:opened", ({ detail }) => {
    galleries.get(detail.prefix)?.tell(detail.image, detail.line);
  });

  globalThis.autogalleryWhy = Why;
})();
