// The figures on top: counted in the browser while a slider moves, confirmed by Python on release.

import { make } from "./dom.js";
import { sketch } from "./sketch.js";
import * as store from "./store.js";

export function numbers(element, props, trigger, watch) {
  const root = element.querySelector(".numbers");
  const scale = root.querySelector(".scale");
  const status = root.querySelector(".confirmed");
  sketch(root.querySelector(".sketch"));
  const slots = [...root.querySelectorAll("[data-number]")];
  const parts = store.page.components.map((name) => {
    const part = document.createElement("i");
    part.style.background = store.page.colors[name];
    part.style.color = store.page.inks[name];
    scale.append(part);
    return [part, `component.${name}`];
  });
  const asked = store.page.model_fields; // what Python counts again when it is let go
  let total = null;

  const note = (name, key) => {
    root.querySelector(`[data-note="${name}"]`).textContent = store.text(`number.${key}`);
  };

  store.subscribe((change) => {
    if (!change.quantities) return;
    const q = { ...change.quantities, head_dim: change.numbers.n_embd / change.numbers.n_head };
    const ofTheModel = change.field === null ? change.settled : asked.includes(change.field);
    if (ofTheModel) {
      status.classList.remove("bad");
      status.textContent = change.settled ? store.text("number.checking") : "";
    }
    total = q.unique_total;
    judge();
    scale.classList.toggle("glides", change.field === null && change.settled);
    for (const slot of slots) slot.textContent = store.writing(slot.dataset.number)(q[slot.dataset.number]);
    for (const [part, name] of parts) {
      const share = q[name] / total;
      part.style.flexGrow = share;
      const label = store.text(name.replace("component", "short"));
      // Where there is no room for the name, it goes down to a line that is not seen.
      part.replaceChildren(...(share < store.page.labelled_share ? [] : [make("span", `${store.percent(share)} `), make("span", label)]));
    }
    const tied = change.numbers.tied;
    note("per_module_note", tied ? "per_module_note_tied" : "per_module_note_untied");
    note("tying_note", tied ? "tying_note" : "tying_note_untied");
    note("head_note", "head_note");
  });

  /** Shows what Python has said, if it speaks of what now stands in the controls. */
  function judge() {
    const said = props.value;
    if (!said || Object.keys(said.asked).some((field) => said.asked[field] !== store.get(field))) return;
    const right = said.unique_total === total;
    status.classList.toggle("bad", Boolean(said.error) || !right);
    status.textContent = said.error
      ?? store.text(right ? "number.confirmed" : "number.disagrees", { total: store.count(said.unique_total) });
  }
  watch("value", judge);
  if (!store.refused.length) return;
  status.classList.add("bad");
  status.textContent = store.refused.join(" ");
}
