// What a model is to learn from: one of the sources, or a text that the visitor pastes.

import { find, findAll } from "./dom.js";
import { OWN, kindOf, onUnlearnt } from "./learnt.js";
import * as store from "./store.js";

/** @import { PartValues } from "./types" */

/** Whether the server keeps the text that is learnt from. */
export const isKept = () => kindOf(String(store.get("source"))) === OWN && store.get("source") !== OWN;

/** @type {Part<PartValues["source"]>} */
export function source(element, props) {
  const boxes = findAll(element, "input", HTMLInputElement);
  for (const box of boxes) {
    box.addEventListener("change", () => store.set("source", box.value, { settled: true }));
  }
  store.subscribe(() => {
    const held = String(store.get("source"));
    for (const box of boxes) box.checked = box.value === kindOf(held);
    if (props.value !== held) props.value = held;
  });
}

/** The text itself is in no link: it is no part of the page's state. @type {Part<PartValues["ownText"]>} */
export function ownText(element, props) {
  const root = find(element, ".own-text"), area = find(root, "textarea", HTMLTextAreaElement);
  const counted = find(root, ".counted"), most = store.page.training.most_characters;
  function count() {
    const n = [...area.value].length; // as Python counts, not in halves of a surrogate pair
    const key = n > most ? "characters_too_many" : "characters";
    counted.textContent = store.text(`train.${key}`, { n: store.count(n), most: store.count(most) });
    area.setAttribute("aria-invalid", String(n > most));
    root.classList.toggle("too-long", n > most);
    props.value = area.value;
  }
  area.addEventListener("input", count);
  function empty() {
    area.value = "";
    count();
  }
  find(root, ".another").addEventListener("click", () => {
    empty();
    store.set("source", OWN, { settled: true });
    setTimeout(() => area.focus(), 50); // once it can be seen
  });
  onUnlearnt(empty);
  store.subscribe(() => {
    root.hidden = kindOf(String(store.get("source"))) !== OWN;
    root.classList.toggle("is-kept", isKept());
  });
  count();
}
