// The end of a text that a visitor has pasted: nothing of it is kept, nor of what was learnt from it.

import { find } from "./dom.js";
import { OWN, unlearn } from "./learnt.js";
import { notices, progress, refusal } from "./progress.js";
import { follow, runOf } from "./runs.js";
import * as store from "./store.js";
import { isKept } from "./training_controls.js";

/** @import { PartValues } from "./types" */

/** @type {Part<PartValues["forgotten"]>} */
export function forgotten(element, props, _trigger, watch) {
  const root = find(element, ".forgotten"), view = element.closest(".train");
  const run = runOf("forget");
  store.subscribe(() => {
    view?.classList.toggle("text-kept", isKept());
    if (isKept() && run.state === "idle") root.replaceChildren(); // that was another one
  });
  follow("forget", element, props, watch, (event) => {
    if ("error" in event) return root.replaceChildren(refusal(event));
    if (event.stage === "wait") find(document, "#stop-train").click(); // it ends for everybody
    if (event.stage !== "forgotten") {
      return root.replaceChildren(...notices(event), progress(event, { building: "train.forgetting" }));
    }
    root.textContent = store.text("train.forgotten");
    unlearn(String(run.asked?.source));
    store.set("source", OWN, { settled: true });
  }, () => {});
}
