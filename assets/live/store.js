// The page's one state: what every control holds. Controls write it, views read it, the address
// bar repeats it (link.js). It knows no element of the page.

import { numbersOf, readShape } from "./shapes.js";
import { count, page, text } from "./words.js";

export * from "./words.js";

export const SWITCHES = ["bias", "tie_weights"];
const values = new Map(); // field -> number, boolean or text, as the visitor gave it
const locked = new Set(); // fields that a teacher's link has fixed
const listeners = new Set();
let lastShape = null;
let wantedHeads = null;

export const limitOf = (field) => page.limits[field];

/** Why `value` is not allowed for `field`, as a sentence; "" if it is. The server has the last word. */
export function complaint(field, value) {
  const limit = limitOf(field);
  if (!limit) return "";
  const whole = !page.fractional.includes(field);
  const shown = value === "" ? '""' : value;
  const fill = { field: text(`field.${field}`), value: shown, minimum: count(limit.minimum), maximum: count(limit.maximum) };
  const fits = typeof value === "number" && value >= limit.minimum && value <= limit.maximum;
  if (!fits || (whole && !Number.isInteger(value))) return text(`error.${whole ? "whole" : "number"}`, fill);
  if (field === "top_p" && value === 0) return text("error.top_p", fill);
  return "";
}

export const all = () => Object.fromEntries(values);
export const get = (field) => values.get(field);
export const isLocked = (field) => locked.has(field);
export const lock = (fields) => fields.forEach((field) => locked.add(field));
export const valid = (field) => complaint(field, get(field)) === "";

/** Stores a value and tells everyone. `settled`: the visitor has let go of the control. */
export function set(field, value, { settled = false, from = null } = {}) {
  if (locked.has(field)) return;
  values.set(field, value);
  if (field === "n_head" && valid("n_head")) wantedHeads = value;
  if (field === "n_head" || field === "n_embd") fitHeads();
  tell({ field, settled, from });
}

export function setMany(fields) {
  for (const [field, value] of Object.entries(fields)) if (!locked.has(field)) values.set(field, value);
  if (!locked.has("n_head")) wantedHeads = get("n_head");
  fitHeads();
  tell({ field: null, settled: true, from: null });
}

// Heads must divide the width: the nearest count that does stands in for the wanted one.
function fitHeads() {
  if (!valid("n_embd") || !valid("n_head") || wantedHeads === null) return;
  const divisors = headChoices(wantedHeads);
  const near = divisors.reduce((a, b) => (Math.abs(b - wantedHeads) < Math.abs(a - wantedHeads) ? b : a));
  values.set("n_head", near);
}

/** The divisors of the width next to `n`: [n] if it is one, else those below and above. */
export function headChoices(n) {
  const width = get("n_embd");
  const all = [];
  for (let d = 1; d <= Math.min(width, limitOf("n_head").maximum); d += 1) if (width % d === 0) all.push(d);
  if (all.includes(n)) return [n];
  return [all.filter((d) => d < n).pop(), all.find((d) => d > n)].filter((d) => d !== undefined);
}
export const headsWanted = () => wantedHeads;

/** The shape as numbers, or null while some field is not allowed. */
export function shape() {
  for (const field of page.shape_fields) {
    if (!values.has(field)) return null;
    if (!SWITCHES.includes(field) && !valid(field)) return null;
  }
  return numbersOf(Object.fromEntries(values));
}

/** Every quantity of a shape: the browser's evaluator of the one table. */
export function evaluate(numbers, polynomials = page.quantities) {
  const result = {};
  for (const [name, terms] of Object.entries(polynomials)) {
    let total = 0;
    for (const [coefficient, factors] of terms) {
      let product = coefficient;
      for (const factor of factors) product *= numbers[factor];
      total += product;
    }
    result[name] = total;
  }
  return result;
}

/** Calls `listener(change)` after each change; `change.quantities` stays as it was while a field is bad. */
export function subscribe(listener) {
  listeners.add(listener);
  if (lastShape) listener({ field: null, settled: false, from: null, ...lastShape });
}

let resting = true;
let waiting = [];
// At most one evaluation and one redraw a frame, however fast the slider is; the first at once.
function tell(change) {
  waiting.push(change);
  if (resting) update();
}

function update() {
  const changes = waiting;
  waiting = [];
  resting = false;
  requestAnimationFrame(() => {
    resting = true;
    if (waiting.length) update();
  });
  const numbers = shape();
  if (numbers) lastShape = { numbers, quantities: evaluate(numbers) };
  const settled = changes.some((c) => c.settled);
  for (const listener of listeners) listener({ ...changes[changes.length - 1], settled, ...lastShape });
}

export const defaults = new Map();
const arrived = new URLSearchParams(location.search);
export const refused = []; // sentences on what the link said that could not be used
export const arrivedWith = (field) => arrived.has(field);

// Every field starts with the link's value if that is allowed, else with the default.
function open(field, initial) {
  defaults.set(field, initial);
  let value = initial;
  if (arrived.has(field)) {
    const said = arrived.get(field);
    if (SWITCHES.includes(field)) value = { true: true, false: false }[said];
    else if (field === "prompt") value = said;
    else value = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(said) ? Number(said) : undefined;
    if (value === undefined || (!SWITCHES.includes(field) && complaint(field, value))) {
      refused.push(text("error.link", { field: text(`field.${field}`), value: `"${said.slice(0, 40)}"` }));
      value = initial;
    }
  }
  values.set(field, value);
}
// The shape that is pinned as A, as one word; "" while there is none.
function openPin() {
  defaults.set("pin", "");
  const said = arrived.get("pin") ?? "";
  const fits = readShape(said) !== null;
  if (arrived.has("pin") && !fits) refused.push(text("compare.refused", { value: `"${said.slice(0, 40)}"` }));
  values.set("pin", fits ? said : "");
}
for (const [field, limit] of Object.entries(page.limits)) open(field, limit.default);
for (const field of SWITCHES) open(field, true);
open("prompt", "");
openPin();
wantedHeads = get("n_head");
fitHeads();
tell({ field: null, settled: false, from: null });
