// The Share button's panel: the link, its QR code, and what a teacher's link fixes or hides.
// assets/templates/share.html has its markup.

import { dataOf, find, findAll } from "./dom.js";
import { leavesPromptOut, linkOf, pictureOf, query } from "./link.js";
import { hidden, locked } from "./locks.js";
import * as store from "./store.js";

/** @param {HTMLElement} element */
export function share(element) {
  const dialog = find(element, "dialog.share", HTMLDialogElement);
  const link = find(dialog, "#share-link", HTMLTextAreaElement);
  const told = find(dialog, ".copied"), leftOut = find(dialog, ".left-out");
  const picture = find(dialog, "img", HTMLImageElement);
  const caption = find(dialog, "figcaption");
  const boxes = findAll(dialog, "input[type=checkbox]", HTMLInputElement);
  /** @param {string} kind */
  const ticked = (kind) => boxes.filter((box) => box.checked && box.dataset.kind === kind).map((box) => box.value);
  for (const box of boxes) box.checked = (dataOf(box, "kind") === "lock" ? locked : hidden).includes(box.value);

  const chips = findAll(dialog, "[data-only]", HTMLButtonElement);
  const locks = boxes.filter((box) => box.dataset.kind === "lock");
  /** @param {HTMLButtonElement} chip */
  const pressed = (chip) => chip.getAttribute("aria-pressed") === "true";
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(!pressed(chip)));
      const free = chips.filter(pressed).map(({ dataset }) => dataset.only);
      for (const box of locks) box.checked = free.length > 0 && !free.includes(box.value);
      show();
    });
  }
  /** The chips say what the boxes say, however they were ticked. */
  function tellChips() {
    const fixed = ticked("lock");
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", String(fixed.length > 0 && !fixed.includes(dataOf(chip, "only"))));
    }
  }

  function show() {
    tellChips();
    const params = query({ lock: ticked("lock"), hide: ticked("hide") });
    params.delete("projector"); // this is for other people's screens
    const source = pictureOf(params);
    link.value = linkOf(params);
    told.textContent = "";
    picture.hidden = source === null;
    if (source && picture.src !== source) picture.src = source;
    const short = leavesPromptOut(params);
    leftOut.hidden = !short;
    leftOut.textContent = short ? store.text("share.left_out", { maximum: store.count(store.page.link.longest) }) : "";
    const hint = short ? "share.qr_hint_without_prompt" : "share.qr_hint";
    caption.textContent = source ? store.text(hint) : store.text("share.too_long", {
      length: store.count(link.value.length), maximum: store.count(store.page.link.longest_drawn),
    });
  }

  async function copy() {
    link.select();
    let done = true;
    try {
      await navigator.clipboard.writeText(link.value);
    } catch { // only pages served over https or from this computer have a clipboard, and not in every frame
      done = document.execCommand("copy");
    }
    told.textContent = store.text(done ? "share.copied" : "share.not_copied");
  }

  find(element, ".share-button").addEventListener("click", () => {
    show();
    dialog.showModal();
  });
  dialog.addEventListener("change", show);
  find(dialog, ".copy").addEventListener("click", () => void copy());
  find(dialog, ".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the panel
  });
}
