// The Share button's panel: the link, its QR code, and what a teacher's link fixes or hides.
// gpt2core/ui/share.py has its markup.

import { linkOf, pictureOf, query } from "./link.js";
import { hidden, locked } from "./locks.js";
import * as store from "./store.js";

export function share(element) {
  const dialog = element.querySelector("dialog.share");
  const link = dialog.querySelector("#share-link");
  const told = dialog.querySelector(".copied");
  const picture = dialog.querySelector("img");
  const caption = dialog.querySelector("figcaption");
  const boxes = [...dialog.querySelectorAll("input[type=checkbox]")];
  const ticked = (kind) => boxes.filter((box) => box.checked && box.dataset.kind === kind).map((box) => box.value);
  for (const box of boxes) box.checked = { lock: locked, hide: hidden }[box.dataset.kind].includes(box.value);

  function show() {
    const params = query({ lock: ticked("lock"), hide: ticked("hide") });
    params.delete("projector"); // this is for other people's screens
    const source = pictureOf(params);
    link.value = linkOf(params);
    told.textContent = "";
    picture.hidden = source === null;
    if (source && picture.src !== source) picture.src = source;
    caption.textContent = source ? store.text("share.qr_hint") : store.text("share.too_long", {
      length: store.count(link.value.length), maximum: store.count(store.page.link.longest),
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

  element.querySelector(".share-button").addEventListener("click", () => {
    show();
    dialog.showModal();
  });
  dialog.addEventListener("change", show);
  dialog.querySelector(".copy").addEventListener("click", copy);
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside the panel
}
