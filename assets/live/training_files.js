// What a run has learnt, as files that transformers reads: gpt2core/ui/server/downloads.py.

import { dataOf, findAll } from "./dom.js";
import * as store from "./store.js";

/** @import { TrainEvent } from "./types" */

/**
 * Has the links in `root` lead to what `event` tells to be kept; without any they are hidden.
 * @param {HTMLElement} root
 * @param {TrainEvent | null} event
 */
export function nameFiles(root, event) {
  const name = event?.done ? event.run : event?.weights;
  root.hidden = !event || !name;
  if (!event || !name) return;
  const shape = store.page.shape_fields.map((field) => [field, String(event.config[field])]);
  const query = new URLSearchParams([...shape, ["lang", store.page.lang]]);
  for (const link of findAll(root, "a", HTMLAnchorElement)) {
    link.href = new URL(`./weights/${name}/${dataOf(link, "file")}?${query}`, location.href).href;
  }
}
