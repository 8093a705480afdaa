// Controls: an exact number, a slider beside it where one helps, switches, presets, the prompt.
// Each writes its Gradio component's value, so that Python handlers get it, and the store.

import { dataOf, find, findAll, make } from "./dom.js";
import { numberField, stepped } from "./number_field.js";
import { whileAtSliders } from "./screen.js";
import * as store from "./store.js";

/** @import { PartValues } from "./types" */

/**
 * Between what a slider holds and what it means: temperature is logarithmic, its left end 0.
 * @param {string} field
 * @returns {{ read: (position: string) => number, write: (value: number) => number }}
 */
export function meaning(field) {
  if (!store.page.logarithmic.includes(field)) return { read: Number, write: (value) => value };
  const [low, high] = store.page.sliders[field];
  return {
    read: (position) => (Number(position) <= low ? 0 : Number((10 ** Number(position)).toPrecision(3))),
    write: (value) => (value <= 0 ? low : Math.min(high, Math.max(low + 0.01, Math.log10(value)))),
  };
}

/**
 * Puts the handle of a slider where `value` is, and colours the way to it.
 * @param {HTMLInputElement} range
 * @param {number} position as the slider holds it
 * @param {number} value as it is read out
 */
export function moveSlider(range, position, value) {
  range.value = String(position);
  range.setAttribute("aria-valuetext", store.small(value));
  const low = Number(range.min), high = Number(range.max);
  range.style.setProperty("--filled", `${(100 * (Number(range.value) - low)) / (high - low)}%`);
}

/** @type {Part<PartValues["control"]>} */
export function control(element, props, trigger, watch) {
  const root = find(element, ".control");
  const field = dataOf(root, "field");
  const number = find(root, "[role=spinbutton]", HTMLInputElement);
  const [range] = findAll(root, 'input[type="range"]', HTMLInputElement);
  const hint = find(root, ".hint");
  const whole = !store.page.fractional.includes(field);
  const { read, write } = meaning(field);
  const held = () => Number(store.get(field));
  let shown = NaN, wasBad = false;

  const entry = numberField(number, {
    whole, value: held,
    commit: (value, typed) => take(value, { settled: true, typed }),
    step: (from, steps) => {
      const to = stepped(from, steps, store.limitOf(field), whole);
      if (field !== "n_head") return to;
      const choices = store.headChoices(to); // one step leads to the next count that fits
      return steps > 0 ? choices[choices.length - 1] : choices[0];
    },
  });

  function show() {
    shown = held();
    entry.show(shown);
    if (range) moveSlider(range, write(shown), shown);
  }

  function advise() {
    const bad = store.complaint(field);
    number.setAttribute("aria-invalid", String(Boolean(bad)));
    hint.classList.toggle("bad", Boolean(bad));
    hint.textContent = bad || dataOf(hint, "hint");
    if (field === "n_head" && !bad) adviseHeads(hint);
  }

  /** What handlers get: a number, or a text that is none. */
  function given() {
    const value = store.given(field);
    return typeof value === "number" ? value : String(value);
  }

  /**
   * @param {number | string} value
   * @param {NonNullable<Parameters<typeof store.set>[2]>} how
   */
  function take(value, how) {
    store.set(field, value, how);
    props.value = given();
    if (!store.complaint(field)) show();
    advise();
    if (how.settled) trigger("release");
  }

  if (range) {
    range.addEventListener("input", () => take(read(range.value), { from: range }));
    range.addEventListener("change", () => take(read(range.value), { settled: true }));
    let before = held(); // a finger that goes on to scroll has moved nothing
    range.addEventListener("pointerdown", () => { before = held(); });
    range.addEventListener("pointercancel", () => take(before, { settled: true }));
  }

  store.subscribe((change) => {
    const bad = store.complaint(field) !== "";
    if (props.value !== given() && !bad) props.value = given();
    if (!bad && (wasBad || held() !== shown)) show(); // else somebody may be typing
    wasBad = bad;
    advise();
    // A preset: Python is told once, when every control has taken its value.
    if (change.field === null && change.settled && field === "n_layer") setTimeout(() => trigger("release"));
  });
  watch("value", () => {
    if (props.value !== given()) store.set(field, props.value, { settled: true });
  });
  props.value = given();
  show();
}

/** The button that opens and closes the controls after it. @type {Part<null>} */
export function more(element) {
  const button = find(element, "button");
  const column = button.closest(".left");
  if (!column) throw new Error("'more' stands beside the sliders");
  const group = find(column, ".more:not(.live)");
  /** @param {boolean} open */
  const turn = (open) => {
    button.setAttribute("aria-expanded", String(open));
    group.hidden = !open;
    group.style.display = open ? "" : "none";
  };
  button.addEventListener("click", () => turn(button.getAttribute("aria-expanded") !== "true"));
  turn(false);
}

/** Says how the width is cut into heads, or why not into as many as were asked for. @param {HTMLElement} hint */
function adviseHeads(hint) {
  const wanted = store.headsWanted();
  const used = Number(store.get("n_head")), width = Number(store.get("n_embd"));
  if (wanted === used) {
    hint.textContent = `${store.count(used)} × ${store.count(width / used)} = ${store.count(width)}`;
    return;
  }
  hint.textContent = store.text("hint.heads_moved", { wanted, used, n_embd: width });
  if (store.isLocked("n_head")) return;
  hint.append(` ${store.text("hint.heads_offer")} `);
  for (const choice of store.headChoices(wanted)) {
    const button = make("button", String(choice));
    button.type = "button";
    button.addEventListener("click", () => store.setMany({ n_head: choice }));
    hint.append(button);
  }
}

/** @type {Part<boolean>} */
export function toggle(element, props, trigger, watch) {
  const box = find(element, "input", HTMLInputElement);
  const field = dataOf(find(element, ".control"), "field");
  const on = () => store.get(field) === true;
  box.addEventListener("change", () => {
    props.value = box.checked;
    store.set(field, box.checked, { settled: true });
    trigger("release");
  });
  store.subscribe(() => {
    box.checked = on();
    if (props.value !== box.checked) props.value = box.checked;
  });
  watch("value", () => store.set(field, props.value, { settled: true }));
  props.value = box.checked = on();
}

/** @type {Part<string>} */
export function prompt(element, props) {
  const area = find(element, "textarea", HTMLTextAreaElement);
  for (const kind of ["input", "change"]) area.addEventListener(kind, () => {
    props.value = area.value;
    store.set("prompt", area.value, { settled: kind === "change" });
  });
  store.subscribe(() => {
    if (area.value !== store.get("prompt")) props.value = area.value = String(store.get("prompt"));
  });
}

/** @type {Part<null>} */
export function presets(element) {
  const sliders = element.closest(".left"), house = element.closest(".house");
  if (sliders && house) whileAtSliders(sliders, house);
  const buttons = findAll(element, "button", HTMLButtonElement).map((button) => {
    const preset = store.page.presets[dataOf(button, "preset")];
    button.addEventListener("click", () => store.setMany({ ...preset }));
    return { button, preset };
  });
  store.subscribe(({ numbers }) => {
    for (const { button, preset } of buttons) {
      const same = numbers && store.page.shape_fields.every((f) => Number(preset[f]) === numbers[f]);
      button.setAttribute("aria-pressed", String(Boolean(same)));
      button.disabled = store.page.shape_fields.some((f) => store.isLocked(f) && preset[f] !== store.get(f));
    }
  });
}
