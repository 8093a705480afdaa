// The big number and what it is made of: counted in the browser while a slider moves, confirmed by Python on release.

import { find, make } from "./dom.js";
import { sketch } from "./sketch.js";
import * as store from "./store.js";
import { figureWriter } from "./tiles.js";

/** @import { PartValues } from "./types" */

/** @type {Part<PartValues["numbers"]>} */
export function numbers(element, props, trigger, watch) {
  const root = find(element, ".numbers");
  const scale = find(root, ".scale");
  const status = find(root, ".confirmed");
  sketch(find(root, ".sketch"));
  const write = figureWriter(root);
  const parts = store.page.components.map((name) => {
    const part = document.createElement("i");
    part.style.background = store.page.colors[name];
    part.style.color = store.page.inks[name];
    part.dataset.component = name;
    scale.append(part);
    return { part, name };
  });
  /** @type {string[]} */
  const asked = store.page.model_fields; // what Python counts again when it is let go
  let total = 0, told = 0;

  store.subscribe((change) => {
    const q = change.quantities;
    const ofTheModel = change.field === null ? change.settled : asked.includes(change.field);
    if (ofTheModel) {
      status.classList.remove("bad");
      status.textContent = change.settled ? store.text("number.checking") : "";
    }
    total = q.unique_total;
    judge();
    scale.classList.toggle("glides", change.field === null && change.settled);
    write(change);
    for (const { part, name } of parts) {
      const share = q[`component.${name}`] / total;
      part.style.flexGrow = String(share);
      const label = store.text(`short.${name}`);
      // Where there is no room for the name, it goes down to a line that is not seen.
      const named = share < store.page.labelled_share
        ? [] : [make("span", `${store.percent(share)} `), make("span", label)];
      part.replaceChildren(...named);
    }
    if (store.refused.length === told) return;
    told = store.refused.length;
    status.classList.add("bad");
    status.textContent = store.refused.join(" ");
  });

  /** Shows what Python has said, if it speaks of what now stands in the controls. */
  function judge() {
    const said = props.value;
    if (!said || Object.entries(said.asked).some(([field, value]) => value !== store.given(field))) return;
    const refused = "error" in said;
    const right = !refused && said.unique_total === total;
    status.classList.toggle("bad", !right);
    status.textContent = refused ? said.error : store.text(
      right ? "number.confirmed" : "number.disagrees", { total: store.count(said.unique_total) },
    );
  }
  watch("value", judge);
}
