// The lesson: one step at a time, the way out of it to the tab it speaks of, and the way back.

import { dataOf, find, findAll, verbatim } from "./dom.js";
import { guessing } from "./guess.js";
import { componentNamed } from "./inventory.js";
import { counted } from "./lesson_numbers.js";
import { linkOf } from "./link.js";
import { point } from "./pointing.js";
import { scrollTo } from "./screen.js";
import { showSolved, solve } from "./solved.js";
import * as store from "./store.js";
import * as tabs from "./tabs.js";

/** @import { Change, Value } from "./store.js" */

let inSight = false;
/** @type {Set<() => void>} */
const watchers = new Set();
const tellAll = () => watchers.forEach((watcher) => watcher());
/** Whether the lesson is on the screen's page now. */
export const lessonOpen = () => inSight;
/** Calls `watcher()` when that changes, or another step is shown. @param {() => void} watcher */
export const onLesson = (watcher) => watchers.add(watcher);

const toLesson = () => scrollTo(document.querySelector(".lesson"));

/** Gradio puts a tab on the page when it is first opened, which takes a while. @param {() => void} [arrive] */
export function openLesson(arrive = toLesson) {
  if (inSight) return arrive();
  void tabs.openTab("lesson").then(() => tabs.laidOut("lesson")).then((whole) => whole && arrive());
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

  /** @param {HTMLElement} step by which links know it; where it stands in the lesson is its place */
  const numberOf = (step) => Number(dataOf(step, "step"));
  const currentStep = () => steps.find((step) => numberOf(step) === Number(store.get("step"))) ?? steps[0];
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
    progress.textContent = store.text("lesson.progress", { n: steps.indexOf(step) + 1, of: steps.length });
    for (const link of findAll(root, ".steps a", HTMLElement)) {
      if (Number(link.dataset.go) === numberOf(step)) link.setAttribute("aria-current", "step");
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
    store.set("step", numberOf(step), { settled: true });
    /** @type {unknown} */
    const settings = JSON.parse(dataOf(step, "settings"));
    store.setMany(/** @type {Record<string, Value>} */ (settings));
    await tabs.openTab(dataOf(step, "tab"));
    if (!await tabs.laidOut(dataOf(step, "tab"))) return;
    find(document, ".wayback .back").focus({ preventScroll: true });
    point(dataOf(step, "at"));
  }

  for (const code of findAll(root, "code, pre", HTMLElement)) {
    verbatim(code);
    const component = componentNamed(code.textContent ?? "");
    if (component) code.dataset.component = component;
  }
  for (const step of steps) {
    guessing(step, () => solve(numberOf(step)));
    find(step, ".do-it").addEventListener("click", () => void tryIt(step));
    const link = find(step, ".address", HTMLAnchorElement);
    link.href = link.textContent = address(numberOf(step));
  }
  for (const goer of findAll(root, "[data-go]", HTMLElement)) {
    if (goer instanceof HTMLAnchorElement) goer.href = address(dataOf(goer, "go"));
    goer.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab of the browser
      event.preventDefault();
      go(Number(goer.dataset.go));
    });
  }
  const tellSolved = showSolved(root, go);
  store.subscribe((newest) => {
    change = newest;
    show();
    tellSolved();
    count();
  });
  new ResizeObserver(([entry]) => {
    const now = entry.contentRect.width > 0;
    if (now === inSight) return;
    inSight = now;
    count();
    tellAll();
  }).observe(root);
  show();
}
