// Files of the shape in the sliders, made by the server when a link is pressed: gpt2core/ui/server/downloads.py.

import { dataOf, find, findAll } from "./dom.js";
import * as store from "./store.js";

/** @param {HTMLElement} element */
export function takeHome(element) {
  const links = findAll(element, "[data-export]", HTMLAnchorElement);
  const shape = find(element, ".shape"), snippet = find(element, ".snippet");
  store.subscribe(({ numbers }) => {
    const params = new URLSearchParams({ lang: store.page.lang });
    for (const field of store.page.shape_fields) {
      params.set(field, String(store.SWITCHES.includes(field) ? Boolean(numbers[field]) : numbers[field]));
    }
    for (const link of links) {
      link.href = new URL(`./export/${dataOf(link, "export")}?${params}`, location.href).href;
    }
    snippet.textContent = calls(numbers);
    shape.textContent = store.text("export.shape", {
      n_layer: store.count(numbers.n_layer), n_head: store.count(numbers.n_head), n_embd: store.count(numbers.n_embd),
      total: store.count(store.evaluate(numbers).unique_total),
    });
  });
}

/** The shape as a call of the API, as the README explains it. @param {import("./store.js").Numbers} numbers */
function calls(numbers) {
  const shape = store.page.shape_fields.map((field) => {
    const on = numbers[field] ? "True" : "False";
    return `${field}=${store.SWITCHES.includes(field) ? on : numbers[field]}`;
  }).join(", ");
  return `from gradio_client import Client

client = Client("${new URL("./", location.href).href}")
shape = dict(${shape})
print(client.predict(**shape, api_name="/analyze")["unique_total"])
for event in client.submit(**shape, seed=0, prompt="Hello", temperature=0.1, api_name="/generate"):
    print(event["text"])
`;
}
