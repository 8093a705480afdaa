// The page's one state: what every control holds. Controls write it, views read it, the address
// bar repeats it (link.js). It knows no element of the page.

import { evaluate as evaluateFast, evaluateExactly } from "./evaluator.js";
import { headsNear, nearest, widthsNear } from "./heads.js";
import { SWITCHES, fault, readLink, readNames } from "./link_grammar.js";
import { numbersOf } from "./shapes.js";
import { count, page, text } from "./words.js";

export * from "./words.js";
export { SWITCHES };

/** @typedef {import("./link_grammar.js").Value} Value */
/** @typedef {Record<string, number>} Numbers */
/**
 * What a listener hears.
 * @typedef {object} Change
 * @property {string | null} field the one that changed; null: several at once
 * @property {boolean} settled the visitor has let go of the control
 * @property {Element | null} from where it was typed
 * @property {Numbers} numbers the newest shape that is allowed
 * @property {Numbers} quantities of that shape
 */
/** @typedef {Pick<Change, "field" | "settled" | "from">} Told */

/** @type {Map<string, Value>} as the visitor gave it */
const values = new Map();
/** @type {Set<(change: Change) => void>} */
const listeners = new Set();
/** @type {Pick<Change, "numbers" | "quantities"> | null} */
let lastShape = null;
/** @type {number | null} */
let wantedHeads = null;

/** Fields that a teacher's link has fixed. */
const locked = new Set(readNames(location.search, "lock", page.link.lock).known);

/** @type {(field: string) => import("./types").Limit} */
export const limitOf = (field) => page.limits[field];

/**
 * Why `value` is not allowed for `field`, as a sentence; "" if it is. The server has the last word.
 * @param {string} field
 * @param {Value | undefined} value
 */
export function complaint(field, value) {
  const found = fault(field, value, page);
  const shown = value === "" ? '""' : value;
  if (found) {
    const { minimum, maximum } = limitOf(field);
    const fill = { field: text(`field.${field}`), value: shown, minimum: count(minimum), maximum: count(maximum) };
    return text(`error.${found}`, fill);
  }
  return field === "n_embd" ? misfit(Number(value)) : "";
}

/**
 * Why the heads that a teacher has fixed cannot share `width`; "" if they can, or may be moved.
 * @param {number} width
 */
function misfit(width) {
  const heads = Number(get("n_head"));
  if (!locked.has("n_head") || width % heads === 0) return "";
  return text("error.fixed_heads", {
    field: text("field.n_embd"), value: count(width), n_head: count(heads),
    nearest: widthsNear(width, heads, limitOf("n_embd")).map((n) => count(n)).join(" / "),
  });
}

export const all = () => Object.fromEntries(values);
/** @param {string} field */
export const get = (field) => values.get(field);
/** @param {string} field */
export const isLocked = (field) => locked.has(field);
/** @param {string} field */
export const valid = (field) => complaint(field, get(field)) === "";

/**
 * Stores a value and tells everyone. `settled`: the visitor has let go of the control.
 * @param {string} field
 * @param {Value} value
 * @param {{settled?: boolean, from?: Element | null}} [how]
 */
export function set(field, value, { settled = false, from = null } = {}) {
  if (locked.has(field)) return;
  values.set(field, value);
  if (field === "n_head" && typeof value === "number" && valid("n_head")) wantedHeads = value;
  if (field === "n_head" || field === "n_embd") fitHeads();
  tell({ field, settled, from });
}

/** @param {Record<string, Value>} fields */
export function setMany(fields) {
  for (const [field, value] of Object.entries(fields)) if (!locked.has(field)) values.set(field, value);
  if (!locked.has("n_head")) wantedHeads = Number(get("n_head"));
  fitHeads();
  tell({ field: null, settled: true, from: null });
}

// Heads must divide the width: the nearest count that does stands in for the wanted one. What a teacher has
// fixed is never moved: then it is the width that is refused.
function fitHeads() {
  if (locked.has("n_head") || !valid("n_embd") || !valid("n_head") || wantedHeads === null) return;
  values.set("n_head", nearest(wantedHeads, headChoices(wantedHeads)));
}

/**
 * The divisors of the width next to `n`: [n] if it is one, else those below and above.
 * @param {number} n
 */
export const headChoices = (n) => headsNear(n, Number(get("n_embd")), limitOf("n_head").maximum);
export const headsWanted = () => wantedHeads;

/** The shape as numbers, or null while some field is not allowed. */
export function shape() {
  if (!page.shape_fields.every((field) => values.has(field) && valid(field))) return null;
  return numbersOf(all());
}

/**
 * Every quantity of a shape, as fast as a drag needs it.
 * @param {Numbers} numbers
 * @param {Record<string, import("./evaluator.js").Terms>} [polynomials]
 */
export const evaluate = (numbers, polynomials = page.quantities) => evaluateFast(numbers, polynomials);

/**
 * Every quantity of a shape to the last digit, however large.
 * @param {Numbers} numbers
 * @param {Record<string, import("./evaluator.js").Terms>} [polynomials]
 */
export const exactly = (numbers, polynomials = page.quantities) => evaluateExactly(numbers, polynomials);

/**
 * Calls `listener(change)` after each change, and at once with what now holds; `change.quantities` stays as it was
 * while a field is bad. Returns what ends that.
 * @param {(change: Change) => void} listener
 */
export function subscribe(listener) {
  listeners.add(listener);
  if (lastShape) listener({ field: null, settled: false, from: null, ...lastShape });
  return () => { listeners.delete(listener); };
}

let resting = true;
/** @type {Told[]} */
let waiting = [];
/**
 * At most one evaluation and one redraw a frame, however fast the slider is; the first at once.
 * @param {Told} change
 */
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
  if (!lastShape) return;
  const settled = changes.some((c) => c.settled);
  for (const listener of listeners) listener({ ...changes[changes.length - 1], settled, ...lastShape });
}

/** @type {Map<string, Value>} */
export const defaults = new Map();
for (const [field, limit] of Object.entries(page.limits)) defaults.set(field, limit.default);
for (const field of SWITCHES) defaults.set(field, true);
defaults.set("prompt", "");
defaults.set("pin", ""); // the shape that is pinned as A, as one word
/** @param {string} field */
export const arrivedWith = (field) => new URLSearchParams(location.search).has(field);

// Every field starts with the link's value if that is allowed, else with the default.
const link = readLink(location.search, page);
for (const [field, initial] of defaults) values.set(field, link.values[field] ?? initial);
/** Sentences on what the link said that could not be used. */
export const refused = link.refused.map(([field, said]) => {
  const value = `"${said.slice(0, 40)}"`;
  if (field === "pin") return text("compare.refused", { value });
  return text("error.link", { field: text(`field.${field}`), value });
});
wantedHeads = Number(get("n_head"));
if (misfit(Number(get("n_embd")))) {
  const [field, width, heads] = [text("field.n_embd"), Number(get("n_embd")), Number(get("n_head"))];
  const used = nearest(limitOf("n_embd").default, widthsNear(limitOf("n_embd").default, heads, limitOf("n_embd")));
  values.set("n_embd", used);
  refused.push(text("error.link_width", { field, value: count(width), n_head: count(heads), used: count(used) }));
}
fitHeads();
tell({ field: null, settled: false, from: null });
