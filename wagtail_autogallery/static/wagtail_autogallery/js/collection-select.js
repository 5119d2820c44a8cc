/*
 * The menu of collections. Wagtail's own menu drops a value that is not among its options, which
 * would make a gallery whose collection was deleted follow all collections at the next save.
 */
(() => {
  const Select = window.telepath.constructors["wagtail.widgets.Select"];
  const BoundSelect = new Select("").boundWidgetClass;

  class CollectionSelect extends Select {
    constructor(html, deletedLabel) {
      super(html);
      this.boundWidgetClass = class extends BoundSelect {
        setState(state) {
          const known = Array.from(this.input.options, (option) => option.value);
          for (const value of state) {
            if (!known.includes(value)) this.input.add(new Option(deletedLabel, value));
          }
          super.setState(state);
        }
      };
    }
  }

  window.telepath.register("wagtail_autogallery.CollectionSelect", CollectionSelect);
})();
