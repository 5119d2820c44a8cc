/*
 * The lightbox, and "Show more" in place, of all galleries of a page, also of those that come
 * later. Without this script the links lead to the big image and to the page with more of them.
 */

const SWIPE_PIXELS = 40;

const imageLinks = (gallery) => [...gallery.querySelectorAll(".autogallery__link")];
const moreLink = (gallery) => gallery.querySelector(".autogallery__more-link");
const itemsOf = (gallery) => [...gallery.querySelectorAll(".autogallery__images > *")];
const statusOf = (gallery) => gallery.querySelector(".autogallery__status");

/** Where more of this gallery is, and of the others as much as is shown now. */
function addressOf(href) {
  const address = new URL(href, document.baseURI);
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (!address.searchParams.has(name)) address.searchParams.append(name, value);
  }
  address.hash = "";
  return address.href;
}

/** The same gallery in another copy of its page, which may have changed since. */
function findAgain(gallery, page) {
  const ids = new Set(itemsOf(gallery).map((item) => item.id));
  // A page from a cache may have a gallery twice with the same ids.
  const among = (root) =>
    [...root.querySelectorAll(".autogallery")].filter((one) =>
      itemsOf(one).some((item) => ids.has(item.id)),
    );
  const found = among(page)[among(document).indexOf(gallery)];
  if (!found) throw new Error("This gallery is not on its page any more");
  return found;
}

/** Put what is missing here into its place, and move nothing else. */
function merge(gallery, fresh) {
  const here = new Map(itemsOf(gallery).map((item) => [item.id, item]));
  const lists = gallery.querySelectorAll(".autogallery__images");
  const more = gallery.querySelector(".autogallery__more");
  fresh.querySelectorAll(".autogallery__images").forEach((list, number) => {
    let previous;
    for (const item of [...list.children]) {
      if (here.has(item.id)) item.remove();
      else if (number >= lists.length) continue;
      else if (previous) previous.after(item);
      else lists[number].prepend(item);
      previous = here.get(item.id) ?? item;
    }
    if (number >= lists.length && list.children.length) more.before(list);
  });
  more.replaceWith(...fresh.querySelectorAll(".autogallery__more"));
  const [old, current] = [gallery, fresh].map((one) => one.querySelector(".autogallery__position"));
  if (old && current) old.dataset.text = current.dataset.text;
}

/** Fetch a page that shows more of this gallery, and merge it; false if the network fails. */
async function showMore(gallery, href) {
  const address = addressOf(href);
  gallery.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address).catch(console.warn);
    if (!response) return false;
    if (!response.ok) throw new Error(`${address} answered ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    merge(gallery, findAgain(gallery, page));
    // A reload, and a way back to this page, show as much as now.
    history.replaceState(history.state, "", address);
    return true;
  } finally {
    gallery.removeAttribute("aria-busy");
  }
}

class Lightbox {
  constructor(gallery) {
    this.gallery = gallery;
    this.dialog = gallery.querySelector(".autogallery__lightbox");
    this.images = new Map();
    for (const type of ["click", "close", "keydown", "pointerdown", "pointerup"]) {
      this.dialog.addEventListener(type, this);
    }
  }

  handleEvent(event) {
    this[event.type](event);
  }

  open(link) {
    this.dialog.showModal();
    this.show(imageLinks(this.gallery).indexOf(link));
  }

  /** Show an image by its place in the gallery, which need not be on the page yet. */
  async show(place) {
    let links = imageLinks(this.gallery);
    const more = moreLink(this.gallery);
    if (more && place >= links.length) {
      if (this.gallery.ariaBusy) return;
      const address = place === Infinity ? more.dataset.all : more.href;
      if (!(await showMore(this.gallery, address).catch(console.error))) {
        this.part("legend").textContent = statusOf(this.gallery)?.dataset.text;
        return;
      }
      links = imageLinks(this.gallery);
      // Others may have come in front of it.
      place += links.indexOf(this.link) - this.place;
    }
    this.place = Math.max(0, Math.min(place, links.length - 1));
    this.link = links[this.place];
    this.fill();
    this.part("button--previous").ariaDisabled = this.place === 0;
    this.part("button--next").ariaDisabled = !links[this.place + 1] && !moreLink(this.gallery);
    for (const neighbor of [this.place + 1, this.place - 1]) {
      if (links[neighbor]) this.image(links[neighbor]);
    }
  }

  fill() {
    const caption = this.link.closest("figure")?.querySelector(".autogallery__caption");
    const position = this.part("position");
    position.textContent = position.dataset.text.replace("{number}", this.place + 1);
    this.part("stage").replaceChildren(this.image(this.link));
    this.part("legend").replaceChildren(...(caption?.cloneNode(true).childNodes ?? []));
  }

  /** The big image a link stands for; it is being loaded from the first time this is asked for. */
  image(link) {
    if (!this.images.has(link)) {
      const thumbnail = link.querySelector("img");
      const image = new Image();
      image.className = "autogallery__full";
      image.alt = thumbnail.alt;
      image.src = link.dataset.src ?? link.href;
      image.style.setProperty("--autogallery-width", link.dataset.width);
      image.style.setProperty("--autogallery-height", link.dataset.height);
      // There is something to see at once, in the same place.
      image.style.backgroundImage = `url("${thumbnail.currentSrc || thumbnail.src}")`;
      image.onload = () => (image.style.backgroundImage = "none");
      image.onerror = () => {
        image.onerror = null;
        image.src = thumbnail.currentSrc || thumbnail.src;
        // It is tried again when it is asked for again.
        this.images.delete(link);
      };
      this.images.set(link, image);
    }
    return this.images.get(link);
  }

  part(name) {
    return this.dialog.querySelector(`.autogallery__${name}`);
  }

  get isRightToLeft() {
    return getComputedStyle(this.dialog).direction === "rtl";
  }

  click({ target }) {
    if (target.closest(".autogallery__button--previous")) this.show(this.place - 1);
    else if (target.closest(".autogallery__button--next")) this.show(this.place + 1);
    else if (!target.closest(".autogallery__full, .autogallery__legend")) this.dialog.close();
  }

  close() {
    this.link.focus();
  }

  keydown(event) {
    const right = this.isRightToLeft ? -1 : 1;
    const step = { ArrowRight: right, ArrowLeft: -right, End: Infinity, Home: -Infinity }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.show(this.place + step);
  }

  pointerdown(event) {
    // A second finger, or one that moves an enlarged page, is no swipe.
    const swipes = event.isPrimary && event.pointerType !== "mouse" && visualViewport.scale === 1;
    this.swipeStart = swipes ? event.clientX : null;
  }

  pointerup(event) {
    const distance = this.swipeStart === null ? 0 : event.clientX - this.swipeStart;
    if (Math.abs(distance) < SWIPE_PIXELS) return;
    this.show(this.place + (distance < 0 === !this.isRightToLeft ? 1 : -1));
  }
}

const lightboxes = new WeakMap();

function lightboxOf(gallery) {
  if (!lightboxes.has(gallery)) lightboxes.set(gallery, new Lightbox(gallery));
  return lightboxes.get(gallery);
}

async function showMoreFromLink(gallery, link) {
  const last = imageLinks(gallery).at(-1);
  const status = statusOf(gallery);
  try {
    if (status) status.textContent = "";
    if (await showMore(gallery, link.href)) {
      const links = imageLinks(gallery);
      links[links.indexOf(last) + 1]?.focus();
    } else if (status) status.textContent = status.dataset.text;
  } catch (error) {
    console.error(error);
    location.assign(link.href);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".autogallery__link, .autogallery__more-link");
  const gallery = link?.closest(".autogallery");
  // With a key held down, a link opens where the visitor wants it.
  if (!gallery || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link === moreLink(gallery)) {
    event.preventDefault();
    if (!gallery.ariaBusy) showMoreFromLink(gallery, link);
  } else if (gallery.querySelector(".autogallery__lightbox")) {
    event.preventDefault();
    lightboxOf(gallery).open(link);
  }
});
