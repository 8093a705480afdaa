// A pinned shape, A, beside the current one, B. assets/templates/compare.html has the markup; the pin is a value
// of the store like any other, so the link has it.

import { dataOf, find, findAll, make } from "./dom.js";
import { readShape, wordOf } from "./shapes.js";
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
  const root = find(element, ".compare");
  const swap = find(root, ".swap", HTMLButtonElement);
  const fixed = find(root, ".fixed");
  const nameA = find(root, "[data-shape=a]"), nameB = find(root, "[data-shape=b]");
  const rows = findAll(root, "tbody tr", HTMLTableRowElement).map(rowOf);
  let word = "";
  /** @type {{ a: Numbers, ofA: Numbers, b: Numbers } | null} */
  let shown = null;

  swap.addEventListener("click", () => {
    if (!shown) return;
    const { a, b } = shown;
    /** @type {Record<string, Value>} */
    const fields = { pin: wordOf(b) };
    for (const f of store.page.shape_fields) fields[f] = store.SWITCHES.includes(f) ? Boolean(a[f]) : a[f];
    store.setMany(fields);
  });

  store.subscribe(({ numbers, quantities }) => {
    const wanted = pinned();
    const a = wanted === word && shown ? shown.a : readShape(wanted);
    root.hidden = !a || !numbers;
    if (!a || !numbers) return;
    const kept = wanted === word && shown?.b.dtype_bytes === numbers.dtype_bytes ? shown.ofA : null;
    shown = { a, ofA: kept ?? store.evaluate({ ...a, dtype_bytes: numbers.dtype_bytes }), b: numbers };
    word = wanted;
    nameA.textContent = nameOf(a, numbers);
    nameB.textContent = nameOf(numbers, a);
    for (const row of rows) fill(row, shown.ofA[row.name], quantities[row.name]);
    const held = store.page.shape_fields.some((field) => store.isLocked(field) && a[field] !== numbers[field]);
    swap.disabled = held;
    swap.setAttribute("aria-describedby", held ? fixed.id : "");
    fixed.hidden = !held;
  });
}

/** What a row of the table is filled through. @param {HTMLElement} row */
function rowOf(row) {
  const name = dataOf(row, "row");
  const component = store.page.components.find((each) => name === `component.${each}`);
  row.style.setProperty("--tint", store.page.colors[component ?? "total"]);
  /** @param {string} kind */
  const cell = (kind) => find(row, `[data-cell=${kind}]`);
  return {
    name, write: store.writing(name), a: cell("a"), b: cell("b"), difference: cell("difference"),
    bars: findAll(row, "i", HTMLElement),
  };
}

/**
 * @param {ReturnType<typeof rowOf>} row
 * @param {number} a
 * @param {number} b
 */
function fill(row, a, b) {
  const { write } = row;
  row.a.textContent = write(a);
  row.b.textContent = write(b);
  const sign = b > a ? "+" : b < a ? "−" : "";
  row.difference.replaceChildren(
    `${sign}${write(Math.abs(b - a))}`, " ", make("small", a ? `× ${factor(b / a)}` : ""),
  );
  const most = Math.max(a, b);
  for (const [i, n] of [a, b].entries()) row.bars[i].style.width = `${most ? (100 * n) / most : 0}%`;
}

/** Three significant figures, as many as tell a small change of a large model. @param {number} n */
const factor = (n) => (
  n ? store.decimal(n, Math.min(9, Math.max(0, 2 - Math.floor(Math.log10(n))))) : store.count(0)
);

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
