import assert from "node:assert/strict";
import test from "node:test";

import "../../wagtail_autogallery/static/wagtail_autogallery/js/grid-state.js";

const { GridState, placeAfterKey, boxOf, itemsWithin, compareNames, compareDates } = globalThis.autogalleryGrid;

/** A grid of items that are named by letters, and what it says by their names. */
function gridOf(letters) {
  const items = Object.fromEntries([...letters].map((name) => [name, { name }]));
  const grid = new GridState(Object.values(items));
  return {
    grid,
    items,
    some: (names) => [...names].map((name) => items[name]),
    order: () => grid.items.map((item) => item.name).join(""),
    selected: () => [...grid.selected].map((item) => item.name).sort().join(""),
  };
}

test("items move together, in the order they have", () => {
  const { grid, some, order } = gridOf("abcdef");
  assert.equal(grid.moveTo(some("fb"), 0), true);
  assert.equal(order(), "bfacde");
});

test("an item that is dropped on its own place changes nothing that could be undone", () => {
  const { grid, some, order } = gridOf("abc");
  assert.equal(grid.moveTo(some("b"), 1), false);
  assert.equal(grid.moveTo(some("b"), 2), false);
  assert.equal(order(), "abc");
  assert.equal(grid.canUndo, false);
});

test("items move by places, and no further than there are any", () => {
  const { grid, some, order } = gridOf("abcde");
  grid.moveBy(some("bc"), 1);
  assert.equal(order(), "adbce");
  grid.moveBy(some("bc"), 9);
  assert.equal(order(), "adebc");
  assert.equal(grid.moveBy(some("bc"), 1), false);
  grid.moveBy(some("bc"), -9);
  assert.equal(order(), "bcade");
  assert.equal(grid.moveBy(some("bc"), -1), false);
});

test("items take the place of another one, from either side", () => {
  const { grid, items, some, order } = gridOf("abcdef");
  grid.moveOnto(some("ab"), items.e);
  assert.equal(order(), "cdeabf");
  grid.moveOnto(some("f"), items.c);
  assert.equal(order(), "fcdeab");
  grid.moveOnto(some("fa"), items.d);
  assert.equal(order(), "cfadeb");
  assert.equal(grid.moveOnto(some("ad"), items.d), false);
});

test("a box that is drawn selects what it touches, whichever way it is drawn", () => {
  const boxes = [0, 10, 20].map((x) => [x, boxOf({ x, y: 0 }, { x: x + 8, y: 8 })]);
  assert.deepEqual(itemsWithin(boxes, boxOf({ x: 25, y: 9 }, { x: 12, y: 4 })), [10, 20]);
  assert.deepEqual(itemsWithin(boxes, boxOf({ x: 9, y: 4 }, { x: 9, y: 4 })), []);
  assert.deepEqual(itemsWithin(boxes, boxOf({ x: 0, y: 9 }, { x: 30, y: 20 })), []);
});

test("what was removed, moved, added or sorted comes back, the last first", () => {
  const { grid, some, order } = gridOf("cab");
  grid.sort((a, b) => a.name.localeCompare(b.name));
  grid.remove(some("b"));
  grid.insert([{ name: "x" }]);
  assert.equal(order(), "acx");
  grid.undo();
  assert.equal(order(), "ac");
  grid.undo();
  assert.equal(order(), "abc");
  grid.undo();
  assert.equal(order(), "cab");
  assert.equal(grid.undo(), false);
});

test("the focus goes to what takes the place of the item that was removed", () => {
  const { grid, items, some } = gridOf("abc");
  grid.focus(items.b);
  grid.remove(some("b"));
  assert.equal(grid.focused, items.c);
  grid.remove(some("c"));
  assert.equal(grid.focused, items.a);
  grid.remove(some("a"));
  assert.equal(grid.focused, null);
});

test("what came from elsewhere stays when earlier steps are undone", () => {
  const { grid, items, some, order } = gridOf("abc");
  grid.remove(some("b"));
  grid.reverse();
  const came = [{ name: "x" }, { name: "y" }];
  grid.receive(came, false);
  assert.equal(order(), "caxy");
  assert.equal(grid.focused, came[0]);
  grid.undo();
  assert.equal(order(), "acxy");
  grid.undo();
  assert.equal(order(), "abcxy");
  assert.equal(grid.undo(), false);
  grid.receive([{ name: "z" }], true);
  assert.equal(order(), "zabcxy");
  assert.equal(grid.indexOf(items.a), 1);
});

test("an image that an earlier step has is not there twice when that is undone to", () => {
  const [a, uploaded, synced, other] = ["a", "x", "x", "y"].map((id) => ({ image: { id } }));
  for (const isFirst of [false, true]) {
    const grid = new GridState([a]);
    grid.insert([uploaded]);
    grid.remove([uploaded]);
    grid.receive([synced, other], isFirst);
    assert.deepEqual(grid.items, isFirst ? [synced, other, a] : [a, synced, other]);

    grid.undo();
    assert.deepEqual(grid.items, isFirst ? [other, a, uploaded] : [a, uploaded, other]);
    assert.ok(grid.items.includes(grid.focused));
    grid.undo();
    assert.deepEqual(grid.items, isFirst ? [synced, other, a] : [a, synced, other]);
  }
});

test("what is gone is not selected any more", () => {
  const { grid, some, selected } = gridOf("abc");
  grid.selectAll();
  grid.remove(some("b"));
  assert.equal(selected(), "ac");
});

test("a range is selected from where the selection began, to either side", () => {
  const { grid, items, selected } = gridOf("abcdef");
  grid.selectOnly(items.c);
  grid.selectTo(items.e);
  assert.equal(selected(), "cde");
  grid.selectTo(items.a);
  assert.equal(selected(), "abc");
});

test("a range among filtered items has only these", () => {
  const { grid, items, some, selected } = gridOf("abcdef");
  grid.selectOnly(items.a);
  grid.selectTo(items.e, some("ace"));
  assert.equal(selected(), "ace");
});

test("an action is about what is selected, in order, else about what is in focus", () => {
  const { grid, items } = gridOf("abc");
  grid.focus(items.b);
  assert.deepEqual(grid.chosen, [items.b]);
  grid.toggle(items.c);
  grid.toggle(items.a);
  assert.deepEqual(grid.chosen, [items.a, items.c]);
  grid.toggle(items.a);
  assert.deepEqual(grid.chosen, [items.c]);
});

test("arrow keys go by rows and columns, stay at the ends, and follow the writing", () => {
  assert.equal(placeAfterKey("ArrowRight", 0, 10, 4), 1);
  assert.equal(placeAfterKey("ArrowLeft", 0, 10, 4), 0);
  assert.equal(placeAfterKey("ArrowLeft", 0, 10, 4, true), 1);
  assert.equal(placeAfterKey("ArrowDown", 3, 10, 4), 7);
  assert.equal(placeAfterKey("ArrowDown", 7, 10, 4), 7);
  assert.equal(placeAfterKey("ArrowUp", 7, 10, 4), 3);
  assert.equal(placeAfterKey("Home", 7, 10, 4), 0);
  assert.equal(placeAfterKey("End", 0, 10, 4), 9);
  assert.equal(placeAfterKey("x", 0, 10, 4), undefined);
});

test("names are sorted as people do, and a deleted image has none", () => {
  const named = (title) => ({ image: title && { title } });
  const items = ["Bay 10", "bay 9", "Attic", null].map(named);
  const titles = items.sort(compareNames).map((item) => item.image?.title);
  assert.deepEqual(titles, [undefined, "Attic", "bay 9", "Bay 10"]);
});

test("dates are sorted by time, whatever zone they are written in", () => {
  const early = { image: { created: "2026-01-01T10:00:00+02:00" } };
  const late = { image: { created: "2026-01-01T09:00:00+00:00" } };
  assert.ok(compareDates(early, late) < 0);
});

test("keys that are counted tell the order of upload, and a deleted image comes last", () => {
  const items = [null, { id: 10 }, { id: 9, created: "2026-01-01" }].map((image) => ({ image }));
  const keys = items.sort(compareDates).map((item) => item.image?.id);
  assert.deepEqual(keys, [9, 10, undefined]);
});

test("any sequence of operations keeps each item once, and can be undone to the beginning", () => {
  // A generator of its own, so that a failure can be repeated.
  let seed = 42;
  const random = (below) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  const { grid, order } = gridOf("abcdefghij");
  const began = order();
  for (let step = 0; step < 100; step += 1) {
    const items = grid.items.filter(() => random(3) === 0);
    const before = [...order()].sort().join("");
    const act = random(4);
    if (act === 0) grid.moveTo(items, random(grid.items.length + 1));
    else if (act === 1) grid.moveBy(items, random(7) - 3);
    else if (act === 2) grid.reverse();
    else grid.undo();
    assert.equal([...order()].sort().join(""), before);
  }
  while (grid.undo());
  assert.equal(order(), began);
});
