// A pinned shape, A, beside the current one, B. gpt2core/ui/compare.py has the markup; the pin is a value
// of the store like any other, so the link has it.

import { make } from "./dom.js";
import { readShape, wordOf } from "./shapes.js";
import * as store from "./store.js";

const TOLD = store.page.size_fields; // by a shape's name

/** The button that pins the current shape, and lets it go. */
export function pin(element) {
  const button = element.querySelector("button");
  let current = null;
  button.addEventListener("click", () => store.set("pin", store.get("pin") ? "" : wordOf(current), { settled: true }));
  store.subscribe(({ numbers }) => {
    current = numbers;
    const pinned = store.get("pin") !== "";
    button.setAttribute("aria-pressed", String(pinned));
    button.textContent = store.text(pinned ? "compare.unpin" : "compare.pin");
  });
}

/** The section 'A and B': nothing while nothing is pinned. */
export function compare(element) {
  const root = element.querySelector(".compare");
  const swap = root.querySelector(".swap");
  const fixed = root.querySelector(".fixed");
  const names = ["a", "b"].map((side) => root.querySelector(`[data-shape=${side}]`));
  const rows = [...root.querySelectorAll("tbody tr")].map((row) => {
    const name = row.dataset.row;
    row.style.setProperty("--tint", store.page.colors[name.replace("component.", "")] ?? store.page.colors.total);
    return {
      name, write: store.writing(name),
      cells: ["a", "b", "difference"].map((kind) => row.querySelector(`[data-cell=${kind}]`)),
      bars: [...row.querySelectorAll("i")],
    };
  });
  let word = "", a = null, ofA = null, b = null;

  swap.addEventListener("click", () => {
    const shape = store.page.shape_fields.map((f) => [f, store.SWITCHES.includes(f) ? Boolean(a[f]) : a[f]]);
    store.setMany({ ...Object.fromEntries(shape), pin: wordOf(b) });
  });

  store.subscribe(({ numbers, quantities }) => {
    const wanted = store.get("pin");
    root.hidden = wanted === "" || !numbers;
    if (root.hidden) return;
    b = numbers;
    if (wanted !== word) {
      [word, a] = [wanted, readShape(wanted)];
      ofA = store.evaluate(a);
    }
    names[0].textContent = nameOf(a, b);
    names[1].textContent = nameOf(b, a);
    for (const row of rows) fill(row, ofA[row.name], quantities[row.name]);
    const held = store.page.shape_fields.some((field) => store.isLocked(field) && a[field] !== b[field]);
    swap.disabled = held;
    swap.setAttribute("aria-describedby", held ? fixed.id : "");
    fixed.hidden = !held;
  });
}

function fill({ write, cells, bars }, a, b) {
  const [cellA, cellB, difference] = cells;
  cellA.textContent = write(a);
  cellB.textContent = write(b);
  const sign = b > a ? "+" : b < a ? "−" : "";
  difference.replaceChildren(`${sign}${write(Math.abs(b - a))}`, " ", make("small", a ? `× ${factor(b / a)}` : ""));
  const most = Math.max(a, b);
  for (const [i, n] of [a, b].entries()) bars[i].style.width = `${most ? (100 * n) / most : 0}%`;
}

/** Three significant figures, as many as tell a small change of a large model. */
const factor = (n) => (n ? store.decimal(n, Math.min(9, Math.max(0, 2 - Math.floor(Math.log10(n))))) : store.count(0));

/** A shape by name, with whatever else tells it from the other. */
function nameOf(shape, other) {
  const { presets, shape_fields: fields } = store.page;
  const preset = Object.keys(presets).find((name) => fields.every((field) => Number(presets[name][field]) === shape[field]));
  const size = store.text("compare.shape", Object.fromEntries(TOLD.map((field) => [field, store.count(shape[field])])));
  const rest = fields.filter((field) => !TOLD.includes(field) && shape[field] !== other[field]).map((field) => {
    const value = store.SWITCHES.includes(field) ? store.text(`compare.${shape[field] ? "on" : "off"}`) : store.count(shape[field]);
    return `${store.text(`field.${field}`)}: ${value}`;
  });
  return (preset ? `${store.text(`preset.${preset}`)}: ` : "") + [size, ...rest].join("; ");
}
