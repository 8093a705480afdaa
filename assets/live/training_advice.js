// Which shapes are of no use for learning here, and a press that takes one that is.

import { find } from "./dom.js";
import { kindOf } from "./learnt.js";
import * as store from "./store.js";

const { shapes, least_vocab: least, most_vocab: most, most_parameters: large } = store.page.training;

/**
 * Why nothing to speak of is learnt by a shape; "" where something is.
 * @param {number} vocab
 * @param {number} parameters
 */
function whyNot(vocab, parameters) {
  if (vocab < least) return store.text("train.no_bytes", { vocab: store.count(vocab), least: store.count(least) });
  if (vocab <= most && parameters <= large) return "";
  return store.text("train.too_large", { parameters: store.count(parameters), vocab: store.count(vocab) });
}

/** @param {HTMLElement} root */
export function adviseIn(root) {
  const line = find(root, "p"), button = find(root, "button");
  const shape = () => shapes[kindOf(String(store.get("source")))];
  store.subscribe(({ numbers, quantities }) => {
    const why = whyNot(numbers.vocab_size, quantities.unique_total);
    if (root.hidden !== !why) root.hidden = !why;
    if (line.textContent !== why) line.textContent = why;
    const wanted = shape(), locked = store.page.shape_fields.filter((field) => store.isLocked(field));
    const useless = locked.some((field) => wanted[field] !== store.get(field));
    if (button.hidden !== useless) button.hidden = useless;
  });
  button.addEventListener("click", () => {
    store.setMany({ ...shape() });
    find(document, "#train").focus({ preventScroll: true });
  });
}
