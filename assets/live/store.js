// The page's one state: what every control holds. Controls write it, views read it, the address
// bar repeats it (link.js). It knows no element of the page.

import { evaluate as evaluateFast, evaluateExactly } from "./evaluator.js";
import { complaint as whyNot, limitOf, misfit } from "./complaints.js";
import { headsNear, nearest, widthsNear } from "./heads.js";
import { keptPrompt } from "./kept_prompt.js";
import { SWITCHES, mended, readLink, readNames, saysSomething } from "./link_grammar.js";
import { numbersOf } from "./shapes.js";
import { count, page, text } from "./words.js";

export * from "./words.js";
export { SWITCHES, limitOf };

/** @typedef {import("./link_grammar.js").Value} Value */
/** @typedef {Record<string, number>} Numbers */
/**
 * What a listener hears.
 * @typedef {object} Change
 * @property {string | null} field the one that changed; null: several at once
 * @property {boolean} settled the visitor has let go of the control
 * @property {Element | null} from where it was typed
 * @property {Numbers} numbers the shape that holds
 * @property {Numbers} quantities of that shape
 */
/** @typedef {Pick<Change, "field" | "settled" | "from">} Told */

/** @type {Map<string, Value>} all of them allowed */
const values = new Map();
/** @type {Map<string, {given: Value, why: string}>} what was given instead and is not, by field */
const refusals = new Map();
/** @type {Set<(change: Change) => void>} */
const listeners = new Set();
/** @type {Pick<Change, "numbers" | "quantities"> | null} */
let lastShape = null;
let wantedHeads = 1;

/** Fields that a teacher's link has fixed. */
const locked = new Set(readNames(location.search, "lock", page.link.lock).known);

export const all = () => Object.fromEntries(values);
/** What holds for `field`: what was last allowed. @param {string} field */
export const get = (field) => values.get(field);
/** What stands in the control of `field`, allowed or not, which is what the server is asked. @param {string} field */
export const given = (field) => refusals.get(field)?.given ?? values.get(field);
/** Why what stands in the control of `field` is not allowed; "" if it is. @param {string} field */
export const complaint = (field) => refusals.get(field)?.why ?? "";
/** @param {string} field */
export const isLocked = (field) => locked.has(field);

/**
 * Stores a value and tells everyone. One that is not allowed changes nothing but its own control.
 * @param {string} field
 * @param {Value} value
 * @param {{settled?: boolean, from?: Element | null, typed?: string}} [how] `settled`: the visitor has let go of the
 *   control; `typed`: what the value was read from
 */
export function set(field, value, { settled = false, from = null, typed } = {}) {
  if (locked.has(field)) return;
  take(field, value, typed);
  if (field === "n_head" && !complaint(field)) wantedHeads = Number(value);
  fitHeads();
  tell({ field, settled, from });
}

/** @param {Record<string, Value>} fields */
export function setMany(fields) {
  for (const [field, value] of Object.entries(fields)) if (!locked.has(field)) take(field, value);
  if (!locked.has("n_head")) wantedHeads = Number(get("n_head"));
  fitHeads();
  tell({ field: null, settled: true, from: null });
}

/**
 * @param {string} field
 * @param {Value} value
 * @param {string} [typed]
 */
function take(field, value, typed) {
  const fixedHeads = field === "n_embd" && locked.has("n_head");
  const why = whyNot(field, value, typed) || (fixedHeads && misfit(Number(value), Number(get("n_head"))));
  said.add(field);
  if (why) refusals.set(field, { given: value, why });
  else {
    refusals.delete(field);
    values.set(field, value);
  }
}

/**
 * It is known what the device offers for `field`, first what to begin with: that stands there unless the link or the
 * visitor has said another. What is not offered gives way, whoever has said it.
 * @param {string} field
 * @param {string[]} offered
 */
export function offer(field, offered) {
  const [first] = offered, wanted = String(get(field));
  defaults.set(field, first);
  if (said.has(field) && offered.includes(wanted)) return;
  const why = text(`error.${field}_here`, { field: text(`field.${field}`), value: `"${wanted}"`, allowed: first });
  if (said.has(field)) refused.push(why);
  values.set(field, first);
  tell({ field: null, settled: false, from: null });
}

// Heads must divide the width: the nearest count that does stands in for the wanted one. What a teacher has
// fixed is never moved: then it is the width that is refused.
function fitHeads() {
  if (!locked.has("n_head")) values.set("n_head", nearest(wantedHeads, headChoices(wantedHeads)));
}

/**
 * The divisors of the width next to `n`: [n] if it is one, else those below and above.
 * @param {number} n
 */
export const headChoices = (n) => headsNear(n, Number(get("n_embd")), limitOf("n_head").maximum);
export const headsWanted = () => wantedHeads;

/** What holds as numbers, but for `other`. @param {Partial<import("./types").ShapeConfig>} [other] */
export const shape = (other = {}) => numbersOf({ ...all(), ...other });

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
 * Calls `listener(change)` after each change, and at once with what now holds. Returns what ends that.
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
  lastShape = { numbers, quantities: evaluate(numbers) };
  const settled = changes.some((c) => c.settled);
  for (const listener of listeners) listener({ ...changes[changes.length - 1], settled, ...lastShape });
}

/** @type {Map<string, Value>} */
export const defaults = new Map();
for (const [field, limit] of Object.entries(page.limits)) defaults.set(field, limit.default);
for (const field of SWITCHES) defaults.set(field, true);
for (const [field, [first]] of Object.entries(page.choices)) defaults.set(field, first);
for (const [field, [, first]] of Object.entries(page.words)) defaults.set(field, first);
// The pin: a shape that is kept as A, as one word; solved: steps of the lesson.
for (const field of ["prompt", "pin", "solved"]) defaults.set(field, "");
/** @param {string} field */
export const arrivedWith = (field) => new URLSearchParams(mended(location.search)).has(field);

// Every field starts with the link's value if that is allowed, else with the default; ui/links.py says what is unsaid.
const link = readLink(location.search, page);
const unsaid = saysSomething(link) ? page.link.unsaid : {};
const said = new Set(Object.keys(link.values)); // fields of which the link or the visitor has said something
for (const [field, initial] of defaults) values.set(field, link.values[field] ?? unsaid[field] ?? initial);
values.set("prompt", link.values.prompt ?? keptPrompt(location.search) ?? "");
const REFUSED = new Map([["pin", "compare.refused"], ["solved", "lesson.refused"]]);
/** Sentences on what the link said that could not be used. */
export const refused = link.refused.map(([field, said]) =>
  text(REFUSED.get(field) ?? "error.link", { field: text(`field.${field}`), value: `"${said.slice(0, 40)}"` }));
wantedHeads = Number(get("n_head"));
if (locked.has("n_head") && misfit(Number(get("n_embd")), Number(get("n_head")))) {
  const [field, width, heads] = [text("field.n_embd"), Number(get("n_embd")), Number(get("n_head"))];
  const used = nearest(limitOf("n_embd").default, widthsNear(limitOf("n_embd").default, heads, limitOf("n_embd")));
  values.set("n_embd", used);
  refused.push(text("error.link_width", { field, value: count(width), n_head: count(heads), used: count(used) }));
}
fitHeads();
tell({ field: null, settled: false, from: null });
