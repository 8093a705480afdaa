// How a text is shown that a model writes: as text only, and not read out syllable by syllable.

import { make, verbatim } from "./dom.js";
import * as store from "./store.js";

/** @import { CompareEvent, GenerateEvent } from "./types" */
/** @typedef {GenerateEvent | CompareEvent} TextEvent */

/** @param {TextEvent} event */
export const speed = (event) => store.text("generate.speed", {
  tokens: store.count(event.n_tokens), speed: store.decimal(event.tokens_per_second, 1), device: event.device,
  dtype: event.dtype,
});
/** @param {TextEvent} event */
export const ending = (event) => (
  event.stop_reason ? store.text(`generate.${event.stop_reason}`, { block_size: store.count(event.block_size) }) : ""
);
/** What stands at the end after a Stop. @param {TextEvent | null} last */
export const stoppedAfter = (last) => store.text("generate.stopped", { tokens: store.count(last?.n_tokens ?? 0) });

/** A line of sampled text. @param {Node[]} inside */
export function speech(...inside) {
  const line = verbatim(make("p", "", "speech"));
  line.dir = "auto";
  line.tabIndex = 0; // it scrolls
  line.append(...inside);
  return line;
}

/** A screen reader gets the end, not every syllable. @param {HTMLElement} root */
export function quietly(root) {
  root.setAttribute("aria-live", "off");
  const end = make("p", "", "end");
  end.setAttribute("role", "status");
  return end;
}
