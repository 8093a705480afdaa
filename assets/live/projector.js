// The projector: larger type and stronger contrast, for the back row. style/projector.css has its look, and theme.js
// sees the body's class change and draws the charts anew.

import { find } from "./dom.js";
import { mended } from "./link_grammar.js";

/** @type {Set<() => void>} */
const listeners = new Set();
const { classList } = document.body;

export const projected = () => classList.contains("projector");
/** Calls `listener()` when the projector's look is turned on or off. @param {() => void} listener */
export const onProjector = (listener) => listeners.add(listener);

classList.toggle("projector", new URLSearchParams(mended(location.search)).get("projector") === "1");

/** @param {HTMLElement} element */
export function projector(element) {
  const button = find(element, ".projector-button");
  const tell = () => button.setAttribute("aria-pressed", String(projected()));
  tell();
  button.addEventListener("click", () => {
    classList.toggle("projector");
    tell();
    for (const listener of listeners) listener();
  });
}
