// Files of the shape in the sliders, made by the server when a link is pressed: gpt2core/ui/downloads.py.

import * as store from "./store.js";

export function takeHome(element) {
  const links = [...element.querySelectorAll("[data-export]")];
  const shape = element.querySelector(".shape");
  store.subscribe(({ numbers }) => {
    if (!numbers) return;
    const params = new URLSearchParams({ lang: store.page.lang });
    for (const field of store.page.shape_fields) {
      params.set(field, store.SWITCHES.includes(field) ? Boolean(numbers[field]) : numbers[field]);
    }
    for (const link of links) link.href = new URL(`./export/${link.dataset.export}?${params}`, location.href).href;
    shape.textContent = store.text("export.shape", {
      n_layer: store.count(numbers.n_layer), n_head: store.count(numbers.n_head), n_embd: store.count(numbers.n_embd),
      total: store.count(store.evaluate(numbers).unique_total),
    });
  });
}
