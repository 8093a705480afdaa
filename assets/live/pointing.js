// What a step of the lesson means, marked on the page.

import { findAll } from "./dom.js";
import { NARROW, scrollTo } from "./screen.js";

/**
 * Marks what a step means, and brings it into sight with what it is about: a lab's button stands below its heading,
 * and beside the sliders stands the big number.
 * @param {string} id
 */
export function point(id) {
  for (const marked of findAll(document, ".meant", HTMLElement)) marked.classList.remove("meant");
  const meant = document.getElementById(id);
  if (!meant) return;
  (meant.closest(".control") ?? meant).classList.add("meant");
  const heading = document.getElementById(id.replace(/^lab-/, "about-"));
  const besideIt = meant.closest(".left") && !NARROW.matches ? document.querySelector(".house") : null;
  scrollTo(besideIt ?? heading ?? meant.closest(".control") ?? meant);
}
