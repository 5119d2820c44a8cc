/*
 * What the grid makes of a sequence of operations. Reads a line of JSON for each: the names of the
 * items, and the operations; answers with the names that are left, in order.
 */
import readline from "node:readline";

import "../../wagtail_autogallery/static/wagtail_autogallery/js/grid-state.js";

const { GridState, compareNames } = globalThis.autogalleryGrid;

function operate({ names, operations }) {
  const items = new Map();
  const named = (name) => {
    if (!items.has(name)) items.set(name, { name, image: { title: name } });
    return items.get(name);
  };
  const grid = new GridState(names.map(named));
  for (const [operation, ...given] of operations) {
    const some = (given[0] || []).map(named);
    ({
      remove: () => grid.remove(some),
      insert: () => grid.insert(some, given[1]),
      move_to: () => grid.moveTo(some, given[1]),
      move_by: () => grid.moveBy(some, given[1]),
      move_onto: () => grid.moveOnto(some, named(given[1])),
      reverse: () => grid.reverse(),
      sort: () => grid.sort(compareNames),
      undo: () => grid.undo(),
    })[operation]();
  }
  return grid.items.map(({ name }) => name);
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  console.log(JSON.stringify(operate(JSON.parse(line))));
});
