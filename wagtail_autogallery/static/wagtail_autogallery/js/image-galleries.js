/*
 * Below the form of an image in Wagtail's admin: why it is, or is not, in each gallery. Wagtail has
 * no hook for that page, and this script on each page of the admin is what it documents.
 */
(() => {
  const { editUrl, galleriesUrl, heading } = document.currentScript.dataset;

  /** The key of the image that this page edits. */
  function imageKey() {
    const at = editUrl.lastIndexOf("/0/") + 1;
    const [before, after] = [editUrl.slice(0, at), editUrl.slice(at + 1)];
    const { pathname } = window.location;
    if (!pathname.startsWith(before) || !pathname.endsWith(after)) return null;
    const key = pathname.slice(before.length, pathname.length - after.length);
    return /^\d+$/.test(key) ? key : null;
  }

  async function show() {
    const key = imageKey();
    const form = document.querySelector("#w-editor-form");
    if (!key || !form) return;
    const query = new URLSearchParams({ fragment: "", next: window.location.pathname });
    const response = await fetch(`${galleriesUrl.replace(/0\/$/, `${key}/`)}?${query}`);
    if (!response.ok || response.redirected) return;
    const section = document.createElement("section");
    section.className = "autogallery-image w-mt-8";
    section.setAttribute("aria-labelledby", "autogallery-image-heading");
    // Made by our own view, which escapes what people wrote.
    section.innerHTML = await response.text();
    const title = document.createElement("h2");
    title.id = "autogallery-image-heading";
    title.textContent = heading;
    section.prepend(title);
    form.after(section);
  }

  document.addEventListener("DOMContentLoaded", show);
})();
