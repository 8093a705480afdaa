// The sections of a view: buttons that lead to them, and the way to a section from elsewhere.

import { dataOf, find, findAll } from "./dom.js";
import { scrollTo } from "./screen.js";
import { laidOut, openTab } from "./tabs.js";

/** @type {Part<null>} */
export function sections(element) {
  for (const button of findAll(element, "button", HTMLButtonElement)) {
    button.addEventListener("click", () => goTo(dataOf(button, "to")));
  }
}

/**
 * Scrolls to a section of the open view, or opens the panel that has it.
 * @param {string} id
 * @param {boolean} calm at once
 */
function goTo(id, calm = false) {
  const section = document.getElementById(id);
  if (!section) return;
  if (section.closest("dialog")) return find(document, ".share-button").click();
  section.tabIndex = -1;
  section.focus({ preventScroll: true });
  scrollTo(section, calm ? { calm } : {});
}

/**
 * Opens a view at one of its sections.
 * @param {string} tab
 * @param {string} id
 */
export async function openSection(tab, id) {
  await openTab(tab);
  if (await laidOut(tab)) goTo(id, true);
}
