// The numbers beside the big one.

import { dataOf, findAll } from "./dom.js";
import * as store from "./store.js";

/** @import { Change, Numbers } from "./store.js" */

/** All figures of a shape that the page writes on top. @param {Change} change */
const figuresOf = ({ numbers, quantities }) => (
  /** @type {Numbers} */ ({ ...quantities, head_dim: numbers.n_embd / numbers.n_head })
);

/**
 * What writes a shape's figures into the places of `root` that are for them.
 * @param {HTMLElement} root
 * @returns {(change: Change) => void}
 */
export function figureWriter(root) {
  const slots = findAll(root, "[data-number]", HTMLElement).map((slot) => {
    const name = dataOf(slot, "number");
    return { slot, name, write: store.writing(name) };
  });
  return (change) => {
    const figures = figuresOf(change);
    for (const { slot, name, write } of slots) slot.textContent = write(figures[name]);
  };
}

/** @type {Part<null>} */
export function tiles(element) {
  const write = figureWriter(element);
  /** @type {(name: string, key: string) => void} */
  const note = (name, key) => {
    for (const line of findAll(element, `[data-note="${name}"]`, HTMLElement)) {
      line.textContent = store.text(`number.${key}`);
    }
  };
  store.subscribe((change) => {
    write(change);
    const how = change.numbers.tied ? "tied" : "untied";
    note("per_module_note", `per_module_note_${how}`);
    note("tying_note", change.numbers.tied ? "tying_note" : "tying_note_untied");
    note("head_note", "head_note");
    note("dtype_note", `dtype_note_${store.get("dtype")}`);
  });
}
