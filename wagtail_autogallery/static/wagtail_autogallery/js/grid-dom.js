/* What the grid of a gallery's form is built of. */
(() => {
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  /** One of the icons that Wagtail has in each of its pages. */
  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", `icon icon-${name}`);
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#icon-${name}`);
    svg.append(use);
    return svg;
  }

  function button(attributes, act, ...children) {
    const made = element("button", { type: "button", ...attributes }, ...children);
    made.addEventListener("click", act);
    return made;
  }

  /** Put values into a translated text. */
  const text = (string, values = {}) =>
    string.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

  /** Also where a site is not served by HTTPS, where browsers make none. */
  function newId() {
    return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => {
      const random = crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4));
      return (digit ^ random).toString(16);
    });
  }

  globalThis.autogalleryGrid = { ...globalThis.autogalleryGrid, element, icon, button, text, newId };
})();
