import assert from "node:assert/strict";
import test from "node:test";

const scripts = "../../wagtail_autogallery/static/wagtail_autogallery/js";
// Like the browser, one after the other.
for (const name of ["grid-state", "grid-dom", "grid-form"]) await import(`${scripts}/${name}.js`);

const { formState, imageFromChooser, newId, text } = globalThis.autogalleryGrid;

const CHOSEN = {
  id: 7,
  title: "Pier",
  edit_url: "/admin/images/7/",
  default_alt_text: "A pier at dusk",
  preview: { url: "/pier.jpg", width: 165, height: 110 },
};

test("an image that was chosen is shown by the chooser's picture and its own description", () => {
  const image = imageFromChooser(CHOSEN);
  assert.deepEqual(image.small, ["/pier.jpg", 165, 110]);
  assert.equal(image.alt, "A pier at dusk");
});

test("an image without a description is said to have its title, and that is no alternative text", () => {
  const image = imageFromChooser({ ...CHOSEN, default_alt_text: "Pier" });
  assert.equal(image.alt, "");
  assert.equal(image.default_alt_text, "Pier");
});

test("an image without a picture has none", () => {
  assert.equal(imageFromChooser({ ...CHOSEN, preview: undefined }).small, null);
  assert.equal(imageFromChooser({ ...CHOSEN, preview: { url: "" } }).small, null);
});

test("a form starts with what is stored, what its fields need besides that, and the chosen image", () => {
  const item = {
    value: { image: 7, caption: "Dusk", text: "<p>raw</p>" },
    state: { text: { blocks: [] } },
    image: imageFromChooser(CHOSEN),
  };
  assert.deepEqual(formState(item), { caption: "Dusk", text: { blocks: [] }, image: CHOSEN });
});

test("a form of a deleted image starts with none chosen", () => {
  assert.equal(formState({ value: { image: 7 }, state: {}, image: null }).image, null);
});

test("values are put into a translated text by name, wherever they stand in it", () => {
  const words = "Von %(count)s: an Stelle %(place)s";
  assert.equal(text(words, { place: 3, count: 12 }), "Von 12: an Stelle 3");
});

test("new ids are UUIDs of version 4, as Wagtail's are, and none comes twice", () => {
  const ids = Array.from({ length: 200 }, newId);
  for (const id of ids) assert.match(id, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.equal(new Set(ids).size, ids.length);
});
