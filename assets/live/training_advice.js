// Which shapes are of no use for learning here, and a press that takes one that is.

import { find } from "./dom.js";
import { kindOf } from "./learnt.js";
import * as store from "./store.js";

const { shapes, least_vocab: least, most_vocab: most, most_parameters: large } = store.page.training;

/** Why nothing to speak of is learnt with the shape in the controls; "" where something is. */
function whyNot() {
  const vocab = Number(store.get("vocab_size")), { unique_total: parameters } = store.evaluate(store.shape());
  if (vocab < least) return store.text("train.no_bytes", { vocab: store.count(vocab), least: store.count(least) });
  if (vocab <= most && parameters <= large) return "";
  return store.text("train.too_large", { parameters: store.count(parameters), vocab: store.count(vocab) });
}

/** @param {HTMLElement} root */
export function adviseIn(root) {
  const line = find(root, "p"), button = find(root, "button");
  const shape = () => shapes[kindOf(String(store.get("source")))];
  store.subscribe(() => {
    const why = whyNot();
    root.hidden = !why;
    if (line.textContent !== why) line.textContent = why;
    const wanted = shape(), locked = store.page.shape_fields.filter((field) => store.isLocked(field));
    button.hidden = locked.some((field) => wanted[field] !== store.get(field));
  });
  button.addEventListener("click", () => {
    store.setMany({ ...shape() });
    find(document, "#train").focus({ preventScroll: true });
  });
}
