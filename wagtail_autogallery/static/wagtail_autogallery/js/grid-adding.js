/* How images come into the grid of a gallery's form by hand: chosen, or uploaded. */
(() => {
  const { element, icon, button, text, imageFromChooser } = globalThis.autogalleryGrid;

  class Adding {
    constructor(grid) {
      const { meta } = grid.blockDef;
      this.grid = grid;
      this.meta = meta;
      this.strings = grid.strings;
      this.files = element("input", { type: "file", multiple: "", accept: "image/*", hidden: "" });
      this.files.addEventListener("change", (event) => {
        // It is no field of the form.
        event.stopPropagation();
        this.upload([...this.files.files]);
        this.files.value = "";
      });
      this.progress = element("progress", { "aria-label": this.strings.upload });
      this.done = element("span");
      this.running = element("p", { class: "autogallery-grid__progress", hidden: "" }, this.progress, this.done);
      this.errors = element("ul", { class: "autogallery-grid__errors" });
      this.alert = element("div", { role: "alert" }, this.errors);
      this.buttons = [
        button({ class: "button button-small" }, () => this.choose(), icon("plus"), this.strings.choose),
      ];
      if (this.mayUpload) {
        const label = [icon("upload"), this.strings.upload];
        const attributes = { class: "button button-small button-secondary" };
        this.buttons.push(button(attributes, () => this.files.click(), ...label));
      }
    }

    get mayUpload() {
      return this.meta.uploadCollections.length > 0;
    }

    /** In Wagtail's chooser, as many as are wanted at once, searched and filtered as the last time. */
    choose() {
      const chooser = new window.ImageChooserModal(this.meta.chooserUrl);
      chooser.open({ multiple: true, linkedFieldFilters: this.filters }, (chosen) => {
        const search = document.querySelector("form[data-chooser-modal-search]");
        const filters = search ? [...new FormData(search)] : [];
        this.filters = Object.fromEntries(filters.filter(([, value]) => value));
        this.grid.add(chosen.map(imageFromChooser));
      });
    }

    /** One file after the other, as Wagtail's own page for many does; what fails is told at once. */
    async upload(files, index = undefined) {
      this.errors.replaceChildren();
      this.running.hidden = false;
      this.progress.max = files.length;
      let place = index;
      for (const [number, file] of files.entries()) {
        this.progress.value = number;
        this.done.textContent = text(this.strings.uploading, { done: number + 1, count: files.length });
        const image = await this.uploaded(file).catch(() => this.fail(file));
        if (!image) continue;
        this.grid.add([image], place);
        if (place !== undefined) place += 1;
      }
      this.running.hidden = true;
    }

    /** @return The image, or nothing where Wagtail refuses the file. */
    async uploaded(file) {
      const data = new FormData();
      data.append("files[]", file);
      data.append("title", file.name.replace(/\.[^.]*$/, ""));
      data.append("collection", this.collection());
      const form = this.grid.element.closest("form");
      data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      const headers = { "X-Requested-With": "XMLHttpRequest" };
      const response = await fetch(this.meta.uploadUrl, { method: "POST", body: data, headers });
      const answer = await response.json();
      if (!answer.success) return this.fail(file, answer.error_message);
      if (!answer.image_id) return this.fail(file, "", this.strings.upload_needs_more);
      const url = `${this.meta.chosenUrl}?id=${encodeURIComponent(answer.image_id)}`;
      const [chosen] = (await (await fetch(url, { headers })).json()).result;
      return imageFromChooser(chosen);
    }

    /** The one that the gallery names, if this editor may add to it. */
    collection() {
      const menu = this.grid.element
        .closest(".autogallery-block")
        ?.querySelector('[data-contentpath="collection"] select');
      const allowed = this.meta.uploadCollections;
      return allowed.includes(menu?.value) ? menu.value : allowed[0];
    }

    fail(file, reason = "", message = this.strings.upload_failed) {
      const words = `${text(message, { name: file.name })} ${reason}`.trim();
      this.errors.append(element("li", {}, words));
      return null;
    }
  }

  Object.assign(globalThis.autogalleryGrid, { Adding });
})();
