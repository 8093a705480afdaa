// The lesson: one step at a time, the way out of it to the tab it speaks of, and the way back.

import { valueOf } from "./figures.js";
import { guessing } from "./guess.js";
import { linkOf } from "./link.js";
import { NARROW } from "./screen.js";
import * as store from "./store.js";
import * as tabs from "./tabs.js";

const FALLBACK = "parameters"; // for a tab this page does not have
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

let inSight = false;
const watchers = new Set();
const tellAll = () => watchers.forEach((watcher) => watcher());

// ---- the other tabs --------------------------------------------------------------------------

const openTab = async (id) => (await tabs.openTab(id)) || tabs.openTab(FALLBACK);

const AT_THE_SLIDERS = ["parameters", "model", "costs"]; // the steps that are done with sliders and Build

function scrollTo(element) {
  element?.scrollIntoView({ block: "start", behavior: CALM.matches ? "auto" : "smooth" });
}

/** Runs `then` once Gradio has put on the page what was opened; a page too short cannot be scrolled. */
const soon = (then) => setTimeout(then, 300);

let whenInSight = null; // Gradio puts a tab on the page when it is first opened, which takes a while
export function openLesson(then) {
  const arrive = () => {
    scrollTo(document.querySelector(".lesson"));
    then?.();
  };
  if (inSight) return arrive();
  whenInSight = arrive;
  openTab("lesson");
}

// ---- numbers in the text -------------------------------------------------------------------

function counted({ of, over, at }, { numbers, quantities }) {
  if (at) {
    const [field, factor] = at.split("*");
    numbers = { ...numbers, [field]: numbers[field] * Number(factor) };
    quantities = store.evaluate(numbers);
  }
  const known = { ...numbers, ...quantities, head_dim: numbers.n_embd / numbers.n_head };
  const value = valueOf(of.split(" "), known);
  if (over) return store.percent(value / known[over]);
  if (of.includes("bytes")) return store.bytes(value);
  return store.count(value);
}

// ---- the parts -----------------------------------------------------------------------------

export function lesson(element) {
  const root = element.querySelector(".lesson");
  const steps = [...root.querySelectorAll("article")];
  const progress = root.querySelector(".progress");
  let shown = null;
  let change = null; // the newest shape; a lesson out of sight is not rewritten in a drag

  const current = () => store.get("step") || 1;
  const address = (n) => linkOf(new URLSearchParams({ step: n, lang: store.page.lang }));

  function count() {
    if (!inSight || !change?.quantities) return;
    for (const slot of steps[current() - 1].querySelectorAll(".counted")) slot.textContent = counted(slot.dataset, change);
  }

  function show() {
    const step = steps[current() - 1];
    if (shown === step) return;
    shown = step;
    for (const other of steps) other.hidden = other !== step;
    progress.textContent = store.text("lesson.progress", { n: current(), of: steps.length });
    for (const link of root.querySelectorAll(".steps a")) {
      if (Number(link.dataset.go) === current()) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    }
    tellAll();
  }

  function go(n) {
    store.set("step", n, { settled: true });
    show();
    count();
    shown.querySelector("h2").focus({ preventScroll: true });
    scrollTo(root);
  }

  async function tryIt(step) {
    store.set("step", current(), { settled: true });
    store.setMany(JSON.parse(step.dataset.settings));
    await openTab(step.dataset.tab);
    soon(() => {
      document.querySelector(".wayback .back").focus({ preventScroll: true });
      const named = [...document.querySelectorAll(".try")].find((button) => button.offsetParent && step.dataset.look.includes(button.textContent.trim()));
      const byHand = AT_THE_SLIDERS.includes(step.dataset.tab);
      scrollTo(named ?? document.querySelector(byHand && !NARROW.matches ? ".house .right" : ".right .tabs"));
    });
  }

  for (const [i, step] of steps.entries()) {
    guessing(step);
    step.querySelector(".do-it").addEventListener("click", () => tryIt(step));
    const link = step.querySelector(".address");
    link.href = link.textContent = address(i + 1);
  }
  for (const goer of root.querySelectorAll("[data-go]")) {
    if (goer.href) goer.href = address(goer.dataset.go);
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

export function wayback(element) {
  const bar = element.querySelector(".wayback");
  const [back, look, end] = bar.children;
  const wrapper = element.closest(".wayback-part") ?? element;
  let open = null;
  function show() {
    const n = store.get("step");
    bar.hidden = wrapper.hidden = !n || inSight;
    if (!n) return;
    back.textContent = store.text("lesson.back", { n });
    const step = document.querySelector(`.lesson [data-step="${n}"]`);
    look.textContent = step?.dataset.tab === open ? step.dataset.look : "";
  }
  back.addEventListener("click", () => openLesson(() => {
    const answer = document.querySelector(".lesson article:not([hidden]) .answer");
    answer.querySelector("h3").focus({ preventScroll: true });
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
  if (store.arrivedWith("step") && !store.arrivedWith("tab")) store.get("step") ? openLesson() : openTab("lesson");
}
