// The third step of the page's story, beside the sliders: to the view where the model speaks.

import { find } from "./dom.js";
import { scrollTo } from "./screen.js";
import { laidOut, openTab } from "./tabs.js";

/** Opens the view 'Generate' at its top, ready to be pressed. */
export async function openGenerate() {
  await openTab("generate");
  if (!await laidOut("generate")) return;
  scrollTo(document.querySelector(".right .tabs"));
  find(document, "#generate").focus({ preventScroll: true });
}

/** @type {Part<null>} */
export function toGenerate(element) {
  find(element, "button").addEventListener("click", () => void openGenerate());
}
