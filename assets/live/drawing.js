// The tab 'Drawing': the plan of the current shape, the part that was chosen, and what heads do not change.

import { make } from "./dom.js";
import { whileSeen } from "./seen.js";
import { PARTS, about, inFigures, inSymbols, partOf, scoreBytes, sizes, summary } from "./parts.js";
import { plan } from "./plan.js";
import * as store from "./store.js";
import { larger, restyled } from "./theme.js";

const WIDE = 940; // pixels from which the chosen part stands beside the drawing

export function drawing(element) {
  const root = element.querySelector(".drawing");
  const easel = root.querySelector(".easel"), canvas = root.querySelector(".canvas");
  const panel = root.querySelector(".about");
  const list = root.querySelector("details");
  const entries = Object.fromEntries(["batch", "tokens"].map((name) => [name, entry(name, root, redraw)]));
  const paradox = headsParadox(root.querySelector(".paradox"));
  let seen = null, chosen = "c_attn", width = 0, told = "";

  const now = () => sizes(seen.numbers, entries.batch.value(), entries.tokens.value());

  function redraw() {
    if (!seen || !width) return;
    const { numbers, quantities } = seen;
    entries.batch.limit(Number(root.querySelector("#drawing-batch").max), 1);
    entries.tokens.limit(numbers.block_size, numbers.block_size);
    const focused = canvas.contains(document.activeElement) && document.activeElement.dataset.part;
    canvas.replaceChildren(plan(width, numbers, now(), quantities, chosen));
    if (focused) canvas.querySelector(`[data-part=${focused}]`).focus({ preventScroll: true });
    tell();
    inWords();
  }

  function tell() {
    const found = about(partOf(chosen), seen.numbers, now(), seen.quantities);
    const text = found.map((part) => part.textContent).join();
    if (text !== told) panel.replaceChildren(...found);
    told = text;
  }

  function choose(id) {
    // Where there is no room beside the drawing, what was asked for lies over it, until it is pressed again.
    easel.classList.toggle("asked", id !== chosen || !easel.classList.contains("asked"));
    chosen = id;
    for (const part of canvas.querySelectorAll("[data-part]")) part.setAttribute("aria-pressed", String(part.dataset.part === id));
    tell();
  }

  function inWords() {
    if (!list.open) return;
    const size = now();
    list.querySelector("ol").replaceChildren(...PARTS.map((part) => make("li",
      `${summary(part, seen.numbers, seen.quantities)}. ${inSymbols(part.into)} → ${inSymbols(part.out)}, ${inFigures(part.into, size)} → ${inFigures(part.out, size)}`)));
  }

  const pressed = (event) => event.target.closest("[data-part]")?.dataset.part;
  canvas.addEventListener("click", (event) => pressed(event) && choose(pressed(event)));
  canvas.addEventListener("keydown", (event) => {
    if (![" ", "Enter"].includes(event.key) || !pressed(event)) return;
    event.preventDefault(); // the space bar would scroll
    choose(pressed(event));
  });
  list.addEventListener("toggle", () => seen && inWords());
  function measure() {
    easel.classList.toggle("wide", easel.clientWidth >= WIDE * larger());
    const wide = Math.floor(canvas.clientWidth / larger()); // the style sheet zooms what is drawn
    if (wide === width) return;
    width = wide;
    redraw();
  }
  new ResizeObserver(measure).observe(easel);
  restyled.add(measure);
  whileSeen(root, (change) => {
    seen = change;
    redraw();
    paradox(change, now());
  });
}

/** A whole number of this tab's own. `limit` says its maximum and what stands there until somebody types. */
function entry(name, root, changed) {
  const input = root.querySelector(`#drawing-${name}`);
  const hint = input.parentElement.querySelector(".hint");
  let most = 1, good = null, fallback = 1;
  const read = () => (input.value === "" ? NaN : input.valueAsNumber);
  const allowed = (n) => Number.isInteger(n) && n >= 1 && n <= most;
  function judge() {
    const bad = good !== null && !allowed(read());
    input.setAttribute("aria-invalid", String(bad));
    hint.classList.toggle("bad", bad);
    hint.textContent = bad
      ? store.text("drawing.bad", { maximum: store.count(most) })
      : store.text(`drawing.${name}_hint`, { block_size: store.count(most) });
  }
  input.addEventListener("input", () => {
    if (allowed(read())) good = read();
    else good ??= fallback;
    judge();
    if (allowed(read())) changed();
  });
  return {
    value: () => Math.min(good ?? fallback, most),
    limit: (maximum, initial) => {
      most = maximum;
      fallback = initial;
      input.max = maximum;
      if (good !== null && good > most) good = most;
      if (document.activeElement !== input) input.value = good ?? fallback;
      judge();
    },
  };
}

/** Says what a move of the heads changed, and what it did not. */
function headsParadox(line) {
  let from = null, settled = null;
  const alike = (a, b) => store.page.shape_fields.every((field) => field === "n_head" || a[field] === b[field]);
  return ({ numbers, quantities, settled: letGo }, size) => {
    if (!from || !alike(from, numbers)) [from, settled] = [numbers, null];
    else if (settled && settled.n_head !== numbers.n_head) [from, settled] = [settled, null]; // the next move
    if (letGo) settled = numbers;
    const moved = from.n_head !== numbers.n_head;
    const sentence = moved ? store.text("drawing.paradox", {
      before: store.count(from.n_head), after: store.count(numbers.n_head), total: store.count(quantities.unique_total),
      dim_before: store.count(from.n_embd / from.n_head), dim_after: store.count(numbers.n_embd / numbers.n_head),
      bytes_before: store.bytes(scoreBytes(size, from.n_head)), bytes_after: store.bytes(scoreBytes(size, numbers.n_head)),
    }) : "";
    if (line.textContent !== sentence) line.textContent = sentence;
  };
}
