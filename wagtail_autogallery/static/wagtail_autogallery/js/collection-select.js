/*
 * The menu of collections. Wagtail's own menu drops a value that is not among its options, which
 * would make a gallery follow all collections at the next save, when its collection was deleted,
 * or is one that this editor may not choose.
 */
(() => {
  const Select = window.telepath.constructors["wagtail.widgets.Select"];
  const BoundSelect = new Select("").boundWidgetClass;

  class CollectionSelect extends Select {
    constructor(html, withheld, withheldLabel, deletedLabel) {
      super(html);
      this.boundWidgetClass = class extends BoundSelect {
        setState(state) {
          const known = Array.from(this.input.options, (option) => option.value);
          for (const value of state) {
            if (known.includes(value)) continue;
            const label = withheld.includes(value) ? withheldLabel : deletedLabel;
            this.input.add(new Option(label, value));
          }
          super.setState(state);
        }
      };
    }
  }

  window.telepath.register("wagtail_autogallery.CollectionSelect", CollectionSelect);
})();
