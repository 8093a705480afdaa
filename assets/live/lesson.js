// The lesson: one step at a time, the way out of it to the tab it speaks of, and the way back.

import { dataOf, find, findAll, verbatim } from "./dom.js";
import { valueOf } from "./figures.js";
import { guessing } from "./guess.js";
import { linkOf } from "./link.js";
import { NARROW } from "./screen.js";
import * as store from "./store.js";
import * as tabs from "./tabs.js";

/** @import { Change, Numbers, Value } from "./store.js" */

const FALLBACK = "parameters"; // for a tab this page does not have
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

let inSight = false;
/** @type {Set<() => void>} */
const watchers = new Set();
const tellAll = () => watchers.forEach((watcher) => watcher());

// ---- the other tabs --------------------------------------------------------------------------

/** Opens a tab, or the fallback; returns which. @param {string} id */
async function openTab(id) {
  if (await tabs.openTab(id)) return id;
  await tabs.openTab(FALLBACK);
  return FALLBACK;
}

const AT_THE_SLIDERS = ["parameters", "model", "costs"]; // the steps that are done with sliders and Build

/** @param {Element | null | undefined} element */
function scrollTo(element) {
  element?.scrollIntoView({ block: "start", behavior: CALM.matches ? "auto" : "smooth" });
}

/** @type {(() => void) | null} Gradio puts a tab on the page when it is first opened, which takes a while */
let whenInSight = null;
/** @param {() => void} [then] called when it has come into sight */
export function openLesson(then) {
  const arrive = () => {
    scrollTo(document.querySelector(".lesson"));
    then?.();
  };
  if (inSight) return arrive();
  whenInSight = arrive;
  void openTab("lesson");
}

// ---- numbers in the text -------------------------------------------------------------------

/**
 * A number that the text leaves to the sliders: a sum of counts, or its share of another, at a field's multiple.
 * @param {DOMStringMap} said
 * @param {Change} change
 */
function counted({ of = "", over, at }, { numbers, quantities }) {
  if (at) {
    const [field, factor] = at.split("*");
    numbers = { ...numbers, [field]: numbers[field] * Number(factor) };
    quantities = store.evaluate(numbers);
  }
  /** @type {Numbers} */
  const known = { ...numbers, ...quantities, head_dim: numbers.n_embd / numbers.n_head };
  const value = valueOf(of.split(" "), known);
  if (over) return store.percent(value / known[over]);
  if (of.includes("bytes")) return store.bytes(value);
  return store.count(value);
}

// ---- the parts -----------------------------------------------------------------------------

/** @type {Part<null>} */
export function lesson(element) {
  const root = find(element, ".lesson");
  const steps = findAll(root, "article", HTMLElement);
  const progress = find(root, ".progress");
  /** @type {HTMLElement | null} */
  let shown = null;
  /** @type {Change | null} the newest shape; a lesson out of sight is not rewritten in a drag */
  let change = null;

  const current = () => Number(store.get("step")) || 1;
  const currentStep = () => steps[current() - 1];
  /** @param {number | string} n */
  const address = (n) => linkOf(new URLSearchParams({ step: String(n), lang: store.page.lang }));

  function count() {
    if (!inSight || !change) return;
    for (const slot of findAll(currentStep(), ".counted", HTMLElement)) {
      slot.textContent = counted(slot.dataset, change);
    }
  }

  function show() {
    const step = currentStep();
    if (shown === step) return;
    shown = step;
    for (const other of steps) other.hidden = other !== step;
    progress.textContent = store.text("lesson.progress", { n: current(), of: steps.length });
    for (const link of findAll(root, ".steps a", HTMLElement)) {
      if (Number(link.dataset.go) === current()) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    }
    tellAll();
  }

  /** @param {number} n */
  function go(n) {
    store.set("step", n, { settled: true });
    show();
    count();
    find(currentStep(), "h2").focus({ preventScroll: true });
    scrollTo(root);
  }

  /** @param {HTMLElement} step */
  async function tryIt(step) {
    store.set("step", current(), { settled: true });
    /** @type {unknown} */
    const settings = JSON.parse(dataOf(step, "settings"));
    store.setMany(/** @type {Record<string, Value>} */ (settings));
    const wanted = dataOf(step, "tab"), look = dataOf(step, "look");
    if (!await tabs.laidOut(await openTab(wanted))) return;
    find(document, ".wayback .back").focus({ preventScroll: true });
    const named = findAll(document, ".try", HTMLElement)
      .find((button) => button.checkVisibility() && look.includes(button.textContent?.trim() ?? ""));
    const byHand = AT_THE_SLIDERS.includes(wanted);
    scrollTo(named ?? document.querySelector(byHand && !NARROW.matches ? ".house .right" : ".right .tabs"));
  }

  for (const code of findAll(root, "code, pre", HTMLElement)) verbatim(code);
  for (const [i, step] of steps.entries()) {
    guessing(step);
    find(step, ".do-it").addEventListener("click", () => void tryIt(step));
    const link = find(step, ".address", HTMLAnchorElement);
    link.href = link.textContent = address(i + 1);
  }
  for (const goer of findAll(root, "[data-go]", HTMLElement)) {
    if (goer instanceof HTMLAnchorElement) goer.href = address(dataOf(goer, "go"));
    goer.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab of the browser
      event.preventDefault();
      go(Number(goer.dataset.go));
    });
  }
  store.subscribe((newest) => {
    change = newest;
    show();
    count();
  });
  new ResizeObserver(([entry]) => {
    const now = entry.contentRect.width > 0;
    if (now === inSight) return;
    inSight = now;
    count();
    tellAll();
    if (now) whenInSight?.();
    whenInSight = null;
  }).observe(root);
  show();
}

/** @type {Part<null>} */
export function wayback(element) {
  const bar = find(element, ".wayback");
  const [back, look, end] = findAll(bar, ":scope > *", HTMLElement);
  const wrapper = element.closest(".wayback-part") ?? element;
  /** @type {string | null} */
  let open = null;
  function show() {
    const n = Number(store.get("step"));
    bar.hidden = !n || inSight;
    wrapper.toggleAttribute("hidden", bar.hidden);
    if (!n) return;
    back.textContent = store.text("lesson.back", { n });
    const step = document.querySelector(`.lesson [data-step="${n}"]`);
    const there = step instanceof HTMLElement && step.dataset.tab === open;
    look.textContent = there ? dataOf(step, "look") : "";
  }
  back.addEventListener("click", () => openLesson(() => {
    const answer = find(document, ".lesson article:not([hidden]) .answer");
    find(answer, "h3").focus({ preventScroll: true });
    scrollTo(answer);
  }));
  end.addEventListener("click", () => {
    store.set("step", 0, { settled: true });
    show();
  });
  watchers.add(show);
  tabs.onTab((id) => {
    open = id;
    show();
  });
  // Here, as the lesson itself is on the page only once it was opened. A bad step is not scrolled to: what was
  // wrong with it stands on top of the page.
  if (!store.arrivedWith("step") || store.arrivedWith("tab")) return;
  if (store.get("step")) openLesson();
  else void openTab("lesson");
}
