// The tab 'Drawing': the plan of the current shape, the part that was chosen, and what heads do not change.

import { dataOf, find, findAll, make } from "./dom.js";
import { numberField, stepped } from "./number_field.js";
import { whileSeen } from "./seen.js";
import { fitPaper } from "./paper.js";
import { PARTS, about, inFigures, inSymbols, partOf, scoreBytes, sizes, summary } from "./parts.js";
import { plan } from "./plan.js";
import * as store from "./store.js";
import { larger, onRestyled } from "./theme.js";

/** @import { Sizes } from "./parts.js" */
/** @import { Change, Numbers } from "./store.js" */

const WIDE = 940; // pixels from which the chosen part stands beside the drawing

/** @type {Part<null>} */
export function drawing(element) {
  const root = find(element, ".drawing");
  const easel = find(root, ".easel"), canvas = find(root, ".canvas");
  const panel = find(root, ".about");
  const list = find(root, "details", HTMLDetailsElement);
  const mostOfBatch = Number(find(root, "#drawing-batch").getAttribute("aria-valuemax"));
  const batch = entry("batch", root, redraw), tokens = entry("tokens", root, redraw);
  const paradox = headsParadox(find(root, ".paradox"));
  /** @type {Change | null} */
  let seen = null;
  let chosen = "c_attn", width = 0, told = "";

  /** @param {Numbers} numbers */
  const now = (numbers) => sizes(numbers, batch.value(), tokens.value());

  function redraw() {
    if (!seen || !width) return;
    const { numbers, quantities } = seen;
    batch.limit(mostOfBatch, 1);
    tokens.limit(numbers.block_size, numbers.block_size);
    const focused = findAll(canvas, "[data-part]", SVGElement).find((part) => part === document.activeElement);
    const drawn = plan(width, { n: numbers, size: now(numbers), quantities, chosen });
    canvas.replaceChildren(drawn);
    fitPaper(canvas, width, Number(drawn.getAttribute("height")));
    if (focused) find(canvas, `[data-part=${dataOf(focused, "part")}]`, SVGElement).focus({ preventScroll: true });
    tell();
    inWords();
  }

  function tell() {
    if (!seen) return;
    const found = about(partOf(chosen), seen.numbers, now(seen.numbers), seen.quantities);
    const text = found.map((part) => part.textContent).join();
    if (text !== told) panel.replaceChildren(...found);
    told = text;
  }

  /** @param {string} id */
  function choose(id) {
    // Where there is no room beside the drawing, what was asked for lies over it, until it is pressed again.
    easel.classList.toggle("asked", id !== chosen || !easel.classList.contains("asked"));
    chosen = id;
    for (const part of findAll(canvas, "[data-part]", SVGElement)) {
      part.setAttribute("aria-pressed", String(part.dataset.part === id));
    }
    tell();
  }

  function inWords() {
    if (!list.open || !seen) return;
    const { numbers, quantities } = seen;
    const size = now(numbers);
    const lines = PARTS.map((part) => {
      const flow = `${inSymbols(part.into)} → ${inSymbols(part.out)}`;
      const figures = `${inFigures(part.into, size)} → ${inFigures(part.out, size)}`;
      return `${summary(part, numbers, quantities)}. ${flow}, ${figures}`;
    });
    find(list, "ol").replaceChildren(...lines.map((line) => make("li", line)));
  }

  /** @param {Event} event */
  function pressed(event) {
    const part = event.target instanceof Element && event.target.closest("[data-part]");
    return part instanceof SVGElement ? dataOf(part, "part") : null;
  }
  canvas.addEventListener("click", (event) => {
    const part = pressed(event);
    if (part) choose(part);
  });
  canvas.addEventListener("keydown", (event) => {
    const part = pressed(event);
    if (![" ", "Enter"].includes(event.key) || !part) return;
    event.preventDefault(); // the space bar would scroll
    choose(part);
  });
  list.addEventListener("toggle", inWords);
  function measure() {
    easel.classList.toggle("wide", easel.clientWidth >= WIDE * larger());
    const wide = Math.floor(canvas.clientWidth / larger()); // the style sheet zooms what is drawn
    if (wide === width) return;
    width = wide;
    redraw();
  }
  new ResizeObserver(measure).observe(easel);
  onRestyled(measure);
  whileSeen(root, (change) => {
    seen = change;
    redraw();
    paradox(change, now(change.numbers));
  });
}

/**
 * A whole number of this tab's own. `limit` says its maximum and what stands there until somebody types.
 * @param {string} name
 * @param {HTMLElement} root
 * @param {() => void} changed
 */
function entry(name, root, changed) {
  const input = find(root, `#drawing-${name}`, HTMLInputElement);
  const hint = find(root, `#drawing-${name} ~ .hint`);
  let most = 1, fallback = 1;
  /** @type {number | null} */
  let good = null;
  const value = () => Math.min(good ?? fallback, most);
  /** @param {boolean} bad */
  function advise(bad) {
    input.setAttribute("aria-invalid", String(bad));
    hint.classList.toggle("bad", bad);
    hint.textContent = bad
      ? store.text("drawing.bad", { maximum: store.count(most) })
      : store.text(`drawing.${name}_hint`, { block_size: store.count(most) });
  }
  const field = numberField(input, {
    whole: true, value,
    commit: (n) => {
      const fits = typeof n === "number" && Number.isInteger(n) && n >= 1 && n <= most;
      advise(!fits);
      if (!fits) return;
      good = n;
      field.show(n);
      changed();
    },
    step: (from, steps) => stepped(from, steps, { minimum: 1, maximum: most }, true),
  });
  return {
    value,
    /**
     * @param {number} maximum
     * @param {number} initial
     */
    limit: (maximum, initial) => {
      most = maximum;
      fallback = initial;
      input.setAttribute("aria-valuemax", String(maximum));
      if (good !== null && good > most) good = most;
      if (document.activeElement === input) return; // somebody may be typing
      field.show(value());
      advise(false);
    },
  };
}

/** Says what a move of the heads changed, and what it did not. @param {HTMLElement} line */
function headsParadox(line) {
  /** @type {Numbers | null} */
  let from = null;
  /** @type {Numbers | null} */
  let settled = null;
  /** @type {(a: Numbers, b: Numbers) => boolean} */
  const alike = (a, b) => [...store.page.shape_fields, "dtype_bytes"].every(
    (field) => field === "n_head" || a[field] === b[field],
  );
  /**
   * @param {Change} change
   * @param {Sizes} size
   */
  return ({ numbers, quantities, settled: letGo }, size) => {
    if (!from || !alike(from, numbers)) [from, settled] = [numbers, null];
    else if (settled && settled.n_head !== numbers.n_head) [from, settled] = [settled, null]; // the next move
    if (letGo) settled = numbers;
    const moved = from.n_head !== numbers.n_head;
    const sentence = moved ? store.text("drawing.paradox", {
      before: store.count(from.n_head), after: store.count(numbers.n_head),
      total: store.count(quantities.unique_total),
      dim_before: store.count(from.n_embd / from.n_head), dim_after: store.count(numbers.n_embd / numbers.n_head),
      n_bytes: numbers.dtype_bytes,
      bytes_before: store.bytes(scoreBytes(size, from)), bytes_after: store.bytes(scoreBytes(size, numbers)),
    }) : "";
    if (line.textContent !== sentence) line.textContent = sentence;
  };
}
