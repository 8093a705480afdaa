// A pinned shape, A, beside the current one, B. assets/templates/compare.html has the markup; the pin is a value
// of the store like any other, so the link has it.

import { factor, fillAll, rowOf } from "./compare_rows.js";
import { find, findAll } from "./dom.js";
import { pinnedShape } from "./pinned.js";
import { wordOf } from "./shapes.js";
import * as store from "./store.js";

/** @import { Numbers, Value } from "./store.js" */
/** @import { ShapeField } from "./types" */

/** @type {ShapeField[]} */
const TOLD = store.page.size_fields; // by a shape's name
const pinned = () => String(store.get("pin") ?? "");

/** The button that pins the current shape, and lets it go. @type {Part<null>} */
export function pin(element) {
  const button = find(element, "button");
  /** @type {Numbers | undefined} */
  let current;
  button.addEventListener("click", () => {
    if (current) store.set("pin", pinned() ? "" : wordOf(current), { settled: true });
  });
  store.subscribe(({ numbers }) => {
    current = numbers;
    button.setAttribute("aria-pressed", String(pinned() !== ""));
    button.textContent = store.text(pinned() ? "compare.unpin" : "compare.pin");
  });
}

/** The section 'A and B': nothing while nothing is pinned. @type {Part<null>} */
export function compare(element) {
  const root = find(element, ".compare", HTMLDetailsElement);
  const swap = find(root, ".swap", HTMLButtonElement);
  const fixed = find(root, ".fixed");
  const inShort = find(root, ".in-short");
  const nameA = find(root, "[data-shape=a]"), nameB = find(root, "[data-shape=b]");
  const rows = findAll(root, "tbody tr", HTMLTableRowElement).map(rowOf);
  /** @type {{ a: Numbers, ofA: Numbers, b: Numbers } | null} */
  let shown = null;
  /** @type {{ numbers: Numbers, quantities: Numbers } | null} */
  let newest = null;

  swap.addEventListener("click", () => {
    if (!shown) return;
    const { a, b } = shown;
    /** @type {Record<string, Value>} */
    const fields = { pin: wordOf(b) };
    for (const f of store.page.shape_fields) fields[f] = store.SWITCHES.includes(f) ? Boolean(a[f]) : a[f];
    store.setMany(fields);
  });

  /** @param {{ numbers: Numbers, quantities: Numbers }} change */
  const update = ({ numbers, quantities }) => {
    newest = { numbers, quantities };
    const kept = pinnedShape(numbers.dtype_bytes);
    root.hidden = !kept;
    if (!kept) return;
    const { a } = kept;
    shown = { ...kept, b: numbers };
    nameA.textContent = nameOf(a, numbers);
    nameB.textContent = nameOf(numbers, a);
    sayInShort(inShort, nameA.textContent ?? "", shown.ofA.unique_total, quantities.unique_total,
      store.page.shape_fields.every((field) => a[field] === numbers[field]));
    if (root.open) fillAll(rows, a, numbers, shown.ofA, quantities);
    const held = store.page.shape_fields.some((field) => store.isLocked(field) && a[field] !== numbers[field]);
    swap.disabled = held;
    swap.setAttribute("aria-describedby", held ? fixed.id : "");
    fixed.hidden = !held;
  };
  store.subscribe(update);
  root.addEventListener("toggle", () => newest && update(newest));
}

/**
 * The line that is seen while the table is folded.
 * @param {HTMLElement} line
 * @param {string} a A's name
 * @param {number} ofA its parameters
 * @param {number} ofB
 * @param {boolean} equal whether both are one shape
 */
function sayInShort(line, a, ofA, ofB, equal) {
  line.textContent = equal ? store.text("compare.equal", { a })
    : store.text("compare.short", { a, factor: factor(ofB / ofA) });
}

/**
 * A shape by name, with whatever else tells it from the other.
 * @param {Numbers} shape
 * @param {Numbers} other
 */
function nameOf(shape, other) {
  const { presets, shape_fields: fields } = store.page;
  const preset = Object.keys(presets).find(
    (name) => fields.every((field) => Number(presets[name][field]) === shape[field]),
  );
  const size = store.text("compare.shape", Object.fromEntries(TOLD.map((field) => [field, store.count(shape[field])])));
  const rest = fields.filter((field) => !TOLD.includes(field) && shape[field] !== other[field]).map((field) => {
    const value = store.SWITCHES.includes(field)
      ? store.text(`compare.${shape[field] ? "on" : "off"}`) : store.count(shape[field]);
    return `${store.text(`field.${field}`)}: ${value}`;
  });
  return (preset ? `${store.text(`preset.${preset}`)}: ` : "") + [size, ...rest].join("; ");
}
