/*
 * The options of a gallery, in the settings area of Wagtail's block: below the toggle, which comes
 * first, and those of the sync only while it is on. What is out of sight keeps its value.
 */
(() => {
  const ERRORS = '.w-field--error, [aria-invalid="true"]';

  class Options {
    constructor(block, toggle, syncOptions) {
      this.toggle = toggle;
      this.area = block.querySelector(":scope > [data-block-settings]");
      // A site may have laid out its gallery by itself.
      if (!this.area) return;
      toggle.closest("[data-contentpath]").after(this.area);
      this.syncFields = syncOptions
        .map((name) => this.area.querySelector(`:scope > [data-contentpath="${name}"]`))
        .filter(Boolean);
      // Wagtail sends this to whatever it wants to show an error in.
      this.area.addEventListener("beforematch", () => this.show());
      toggle.addEventListener("change", () => {
        this.show();
        if (toggle.checked) this.open();
      });
      this.show();
      if (this.area.querySelector(ERRORS)) this.open();
    }

    show() {
      for (const field of this.syncFields) {
        field.hidden = !this.toggle.checked && !field.querySelector(ERRORS);
      }
    }

    open() {
      this.area.dispatchEvent(new Event("beforematch"));
    }
  }

  globalThis.autogalleryOptions = Options;
})();
