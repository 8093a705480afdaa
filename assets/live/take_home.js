// Files of the shape in the sliders, made by the server when a link is pressed: gpt2core/ui/server/downloads.py.

import { dataOf, find, findAll } from "./dom.js";
import * as store from "./store.js";

/** @param {HTMLElement} element */
export function takeHome(element) {
  const links = findAll(element, "[data-export]", HTMLAnchorElement);
  const shape = find(element, ".shape");
  store.subscribe(({ numbers }) => {
    const params = new URLSearchParams({ lang: store.page.lang });
    for (const field of store.page.shape_fields) {
      params.set(field, String(store.SWITCHES.includes(field) ? Boolean(numbers[field]) : numbers[field]));
    }
    for (const link of links) {
      link.href = new URL(`./export/${dataOf(link, "export")}?${params}`, location.href).href;
    }
    shape.textContent = store.text("export.shape", {
      n_layer: store.count(numbers.n_layer), n_head: store.count(numbers.n_head), n_embd: store.count(numbers.n_embd),
      total: store.count(store.evaluate(numbers).unique_total),
    });
  });
}
