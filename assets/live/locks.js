// What a teacher's link fixes (`lock=seed,n_head`) or hides (`hide=more,presets`). It guides a class and
// protects nothing: whoever edits the address is free of it, and the server never hears of it.

import { findAll, make } from "./dom.js";
import { readNames } from "./link_grammar.js";
import * as store from "./store.js";

/** @param {"lock" | "hide"} kind */
const said = (kind) => readNames(location.search, kind, store.page.link[kind]);
const [lock, hide] = [said("lock"), said("hide")];
export const locked = lock.known;
export const hidden = hide.known;
/** Names in the link that this page does not have. */
export const unknown = [...lock.unknown, ...hide.unknown];

/** Applies the link to one part of the page. @type {(kind: string, element: HTMLElement) => void} */
export function keep(kind, element) {
  // The temperature lab has a slider of its own for a control of the Generate tab.
  const lab = kind === "temperature" ? element.querySelector(".temperature") : null;
  const found = element.querySelector(".control") ?? lab;
  const control = found instanceof HTMLElement ? found : null;
  const name = control?.dataset.field ?? kind;
  if (hidden.includes(name) && !lab) (element.closest(".block") ?? element).toggleAttribute("hidden", true);
  if (kind === "presets" && store.page.shape_fields.some(store.isLocked)) {
    element.append(make("p", store.text("share.presets_fixed"), "hint fixed"));
  }
  if (!control || !store.isLocked(name)) return;
  const why = make("p", store.text("share.fixed"), "hint fixed");
  why.id = `${name}-fixed${lab ? "-lab" : ""}`;
  control.append(why);
  for (const input of findAll(control, "input, textarea", HTMLElement)) {
    input.toggleAttribute("disabled", true);
    input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") ?? ""} ${why.id}`.trim());
  }
}
