/*
 * What is in the grid of a gallery's form, in which order, and what of it is selected. It knows
 * nothing of pages, so that it can be tested by itself: tests/js/.
 */
(() => {
  const UNDO_STEPS = 100;

  /** What tells whether two items show the same; one without an image is like no other. */
  const imageOf = (item) => (item.image ? String(item.image.id) : item);

  class GridState {
    constructor(items = []) {
      this.items = [...items];
      this.selected = new Set();
      this.focused = this.items[0] || null;
      this.anchor = this.focused;
      this.past = [];
    }

    get canUndo() {
      return this.past.length > 0;
    }

    /** What an action is about: the selected items in their order, else the one in focus. */
    get chosen() {
      if (this.selected.size) return this.items.filter((item) => this.selected.has(item));
      return this.focused ? [this.focused] : [];
    }

    indexOf(item) {
      return this.items.indexOf(item);
    }

    change(items) {
      if (
        items.length === this.items.length &&
        items.every((item, index) => item === this.items[index])
      ) {
        return false;
      }
      this.past.push(this.items);
      if (this.past.length > UNDO_STEPS) this.past.shift();
      this.become(items);
      return true;
    }

    become(items) {
      const place = this.indexOf(this.focused);
      const kept = new Set(items);
      this.items = items;
      this.selected = new Set([...this.selected].filter((item) => kept.has(item)));
      if (!kept.has(this.focused)) {
        this.focused = items[Math.min(Math.max(place, 0), items.length - 1)] || null;
      }
      if (!kept.has(this.anchor)) this.anchor = this.focused;
    }

    /** Bring back what there was before the last change. */
    undo() {
      if (!this.canUndo) return false;
      this.become(this.past.pop());
      return true;
    }

    insert(items, index = this.items.length) {
      return this.change([...this.items.slice(0, index), ...items, ...this.items.slice(index)]);
    }

    /**
     * Take in what came from elsewhere, where new ones go. It is no step of this editor's, so undoing
     * does not take it out again: that would be a removal, and nobody meant one. An earlier step may
     * have the same image already, uploaded into the form and taken out since.
     */
    receive(items, isFirst) {
      const withThem = (others) => {
        const there = new Set(others.map(imageOf));
        const missing = items.filter((item) => !there.has(imageOf(item)));
        return isFirst ? [...missing, ...others] : [...others, ...missing];
      };
      this.past = this.past.map(withThem);
      this.become(withThem(this.items));
      this.focus(items[0]);
    }

    remove(items) {
      const gone = new Set(items);
      return this.change(this.items.filter((item) => !gone.has(item)));
    }

    /** Put items, in the order they have, in front of what is at an index now. */
    moveTo(items, index) {
      const moved = new Set(items);
      const inOrder = this.items.filter((item) => moved.has(item));
      const before = this.items.slice(0, index).filter((item) => !moved.has(item));
      const after = this.items.slice(index).filter((item) => !moved.has(item));
      return this.change([...before, ...inOrder, ...after]);
    }

    /** Have items, together, take the place of another one. */
    moveOnto(items, target) {
      const moved = new Set(items);
      const place = this.indexOf(target);
      if (moved.has(target)) return false;
      const isBehind = this.items.slice(place).every((item) => !moved.has(item));
      return this.moveTo(items, isBehind ? place + 1 : place);
    }

    /** Move items by so many places, together, as far as there are any. */
    moveBy(items, offset) {
      const moved = new Set(items);
      const places = this.items.flatMap((item, index) => (moved.has(item) ? [index] : []));
      if (!places.length) return false;
      if (offset < 0) return this.moveTo(items, Math.max(0, places[0] + offset));
      const last = places[places.length - 1];
      return this.moveTo(items, Math.min(this.items.length, last + offset + 1));
    }

    /** @param compare Of two items; those that are equal stay as they are. */
    sort(compare) {
      return this.change([...this.items].sort(compare));
    }

    reverse() {
      return this.change([...this.items].reverse());
    }

    focus(item) {
      this.focused = item;
    }

    /** Select one item only, or none. */
    selectOnly(item) {
      this.selected = new Set(item ? [item] : []);
      this.anchor = item || this.anchor;
    }

    toggle(item) {
      if (!this.selected.delete(item)) this.selected.add(item);
      this.anchor = item;
    }

    /** Select all from where the selection began, among those that are shown. */
    selectTo(item, shown = this.items) {
      const [from, to] = [shown.indexOf(this.anchor), shown.indexOf(item)].sort((a, b) => a - b);
      this.selected = new Set(shown.slice(Math.max(from, 0), to + 1));
    }

    selectAll(shown = this.items) {
      this.selected = new Set(shown);
    }
  }

  /** The next place of the focus by a key, in rows of so many columns; the same one at an end. */
  function placeAfterKey(key, place, count, columns, isRightToLeft = false) {
    const forward = isRightToLeft ? "ArrowLeft" : "ArrowRight";
    const backward = isRightToLeft ? "ArrowRight" : "ArrowLeft";
    const wanted = {
      [forward]: place + 1,
      [backward]: place - 1,
      ArrowDown: place + columns,
      ArrowUp: place - columns,
      Home: 0,
      End: count - 1,
    }[key];
    if (wanted === undefined) return undefined;
    return wanted >= 0 && wanted < count ? wanted : place;
  }

  /** The box between two opposite corners. */
  const boxOf = (a, b) => ({
    left: Math.min(a.x, b.x),
    top: Math.min(a.y, b.y),
    right: Math.max(a.x, b.x),
    bottom: Math.max(a.y, b.y),
  });

  /** @param boxes Items, each with its box. @return Those that a box touches. */
  const itemsWithin = (boxes, { left, top, right, bottom }) =>
    boxes
      .filter(([, box]) => box.left < right && box.right > left && box.top < bottom && box.bottom > top)
      .map(([item]) => item);

  const compareNames = (a, b) =>
    (a.image?.title || "").localeCompare(b.image?.title || "", undefined, { numeric: true });

  /** By upload. Keys that are counted are in its order; what was just chosen comes without a date. */
  function compareDates(a, b) {
    const time = ({ image }) => {
      if (typeof image?.id === "number") return image.id;
      return Date.parse(image?.created) || Infinity;
    };
    return time(a) === time(b) ? 0 : time(a) - time(b);
  }

  globalThis.autogalleryGrid = {
    GridState,
    placeAfterKey,
    boxOf,
    itemsWithin,
    compareNames,
    compareDates,
  };
})();
