// The control for the weights of the model: shown once there are others than random ones.

import { find, make } from "./dom.js";
import { OPENAI, RANDOM, choices, letGoNow, onLearnt, released } from "./learnt.js";
import * as store from "./store.js";

/** @import { Learnt } from "./learnt.js" */
/** @import { PartValues } from "./types" */

/** @param {Learnt} learnt */
function nameOf({ kind, steps }) {
  const fill = { source: store.text(`weights.${kind}`), steps: store.count(steps ?? 0) };
  return store.text(steps ? "weights.run_steps" : "weights.run", fill);
}

/** @type {Part<PartValues["weights"]>} */
export function weights(element, props) {
  const root = find(element, ".control"), offered = find(root, ".offered"), line = find(root, ".let-go");
  // Where there is nothing but OpenAI's to choose it stands with the rarer controls, under 'More'.
  const more = document.querySelector(".left .more:not(.live)");
  let shown = "";

  /** @param {{ value: string, label: string }} choice */
  function optionOf({ value, label }) {
    const option = make("label", label), box = make("input");
    Object.assign(box, { type: "radio", name: "weights", value, disabled: store.isLocked("weights") });
    box.addEventListener("change", () => store.set("weights", value, { settled: true }));
    option.prepend(box);
    return option;
  }

  function show() {
    const held = String(store.get("weights"));
    const list = [
      { value: RANDOM, label: store.text("weights.random") },
      ...(released() ? [{ value: OPENAI, label: store.text("weights.openai") }] : []),
      ...choices().map((learnt) => ({ value: learnt.name, label: nameOf(learnt) })),
    ];
    const key = JSON.stringify(list);
    if (key !== shown) offered.replaceChildren(...list.map(optionOf));
    shown = key;
    for (const box of offered.querySelectorAll("input")) {
      if (box.checked !== (box.value === held)) box.checked = box.value === held;
    }
    const said = letGoNow() ? store.text("weights.let_go") : "";
    if (line.textContent !== said) line.textContent = said;
    const rare = !choices().length && held === RANDOM && !said;
    const hide = rare && (list.length === 1 || !(more instanceof HTMLElement) || more.hidden);
    if (root.hidden !== hide) root.hidden = hide; // in a drag each write costs the frame a look at all styles
    if (props.value !== held) props.value = held;
  }
  onLearnt(show);
  if (more) new MutationObserver(show).observe(more, { attributeFilter: ["hidden"] });
}
