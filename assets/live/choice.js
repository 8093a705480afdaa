// A control that is one of a few words, of which the device may not offer all.

import { dataOf, find, findAll } from "./dom.js";
import * as store from "./store.js";

/** @import { PartValues } from "./types" */

/** @type {Part<PartValues["choice"]>} */
export function choice(element, props, trigger, watch) {
  const root = find(element, ".control");
  const field = dataOf(root, "field");
  const group = find(root, ".offered"), hint = find(root, ".hint");
  const boxes = findAll(root, "input", HTMLInputElement);
  const held = () => String(store.get(field));

  function show() {
    for (const box of boxes) box.checked = box.value === held();
    if (props.value !== held()) props.value = held();
  }

  function heard() {
    const offered = props.offered ?? [];
    if (!offered.length) return; // nobody knows yet
    const missing = boxes.filter(({ value }) => !offered.includes(value));
    const [first] = offered.flatMap((value) => boxes.filter((box) => box.value === value));
    if (first !== boxes[0]) group.prepend(first.labels?.[0] ?? first);
    const why = store.text(`hint.${field}_missing`);
    for (const box of missing) {
      box.disabled = true;
      box.closest("label")?.setAttribute("title", why);
    }
    const more = missing.length ? why : first === boxes[0] ? "" : store.text(`hint.${field}_first`);
    hint.textContent = `${store.text(`hint.${field}`)}${more && `. ${more}`}`;
    store.offer(field, offered);
  }

  for (const box of boxes) {
    box.addEventListener("change", () => {
      store.set(field, box.value, { settled: true });
      show();
      trigger("release");
    });
  }
  store.subscribe(show);
  watch("offered", heard);
  show();
  heard();
}
