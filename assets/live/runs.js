// What a visitor has started and may stop: a build, a speech, a comparison.

import { whenRefused } from "./door.js";
import { NARROW } from "./screen.js";
import * as store from "./store.js";
import { openTab } from "./tabs.js";

// What a visitor can start. A part is on the page only once its tab was opened, but its
// start button may be pressed before, so what was pressed is kept here.
const runs = ["build", "generate", "compare", ...store.page.labs.map((name) => `lab-${name}`)].map((start) => ({
  start, stop: `stop-${start}`, busy: false, blocked: false, last: null, asked: {}, part: null, refused: null,
  since: 0, deferred: null, passing: false,
}));
export const runOf = (name) => runs.find(({ start }) => start === name);
const REST_MS = 700; // after Stop, until the server has let go of the old run
const KNOWN_MS = 3000; // until then Gradio may not know yet what it would have to cancel

// A rule and no class: a Stop may come to the page after the press that makes it wanted, with its tab.
const shown = new CSSStyleSheet();
document.adoptedStyleSheets.push(shown);

function turn(run, busy) {
  run.busy = busy;
  const wanted = runs.filter((each) => each.busy).map((each) => `#${each.stop}`);
  shown.replaceSync(wanted.length ? `${wanted.join(", ")} { display: block !important; }` : "");
  document.getElementById(run.start)?.setAttribute("aria-disabled", String(busy || run.blocked));
}

/** Lets the next run begin a moment after this one was cancelled. */
function rest(run) {
  setTimeout(() => {
    run.blocked = false;
    turn(run, run.busy);
  }, REST_MS);
}

/** Hands a Stop that came too early on to Gradio. */
function passOn(run) {
  clearTimeout(run.deferred);
  Object.assign(run, { deferred: null, passing: true });
  document.getElementById(run.stop).click();
  rest(run);
}

document.addEventListener("click", (event) => {
  for (const run of runs) {
    if (event.target.closest?.(`#${run.start}`)) {
      if (run.busy || run.blocked) return event.stopImmediatePropagation(); // one at a time
      Object.assign(run, { last: null, refused: null, since: performance.now(), asked: store.all() });
      turn(run, true);
      if (run.start === "build") openTab("model"); // its button stands beside the tabs, the others' in them
      run.part?.show({ stage: "wait" });
      run.part?.reveal();
    } else if (event.target.closest?.(`#${run.stop}`)) {
      if (run.passing) {
        run.passing = false; // our own click, on its way to Gradio
        return;
      }
      if (!run.busy) return;
      run.blocked = true;
      turn(run, false);
      run.part?.stopped(run.last);
      const known = performance.now() - run.since;
      if (run.last !== null || known > KNOWN_MS) rest(run);
      else {
        event.stopImmediatePropagation();
        run.deferred = setTimeout(() => passOn(run), KNOWN_MS - known);
      }
    }
  }
}, { capture: true });

whenRefused((pressed, sentence) => {
  const run = runOf(pressed);
  if (!run?.busy || run.last !== null) return;
  turn(run, false);
  run.refused = { error: sentence ?? store.text("error.unexpected") };
  run.part?.show(run.refused);
});

/** Connects a part with its run: `show(event)` for each value from the server, `stopped(last)` at Stop. */
export function follow(name, element, props, watch, show, stopped) {
  const run = runOf(name);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const behavior = calm ? "auto" : "smooth";
  const reveal = () => {
    const { top } = element.getBoundingClientRect();
    if (NARROW.matches) element.scrollIntoView({ block: "start", behavior });
    else if (top > 0.7 * innerHeight) scrollBy({ top: top - 0.3 * innerHeight, behavior });
  };
  const hear = () => {
    const event = props.value;
    if (event && run.deferred) return passOn(run);
    if (!event || !run.busy) return;
    run.last = event;
    turn(run, !event.done && !event.error);
    show(event);
  };
  run.part = { show, stopped, reveal };
  watch("value", hear);
  if (run.refused) show(run.refused);
  if (!run.busy) return;
  turn(run, true);
  show({ stage: "wait" });
  hear();
  reveal();
}
