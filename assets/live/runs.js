// What a visitor has started and may stop: a build, a text, a comparison, a training, a lab. run_state.js says what may
// happen when.

import { cancel, watchJoins } from "./door.js";
import { after, canStop } from "./run_state.js";
import { NARROW, scrollTo } from "./screen.js";
import * as store from "./store.js";
import { openTab } from "./tabs.js";

/** @import { Job } from "./door.js" */
/** @import { Value } from "./store.js" */
/** @import { Occurrence, RunState } from "./run_state.js" */
/** @import { PageEvent, RefusalEvent, WaitEvent } from "./types" */

/**
 * Where a run is shown. It is on the page only once its tab was opened, but its start button may be pressed before.
 * @typedef {object} View
 * @property {(event: WaitEvent | RefusalEvent) => void} show what no value of the server's says
 * @property {() => void} stopped
 * @property {() => void} reveal
 */
/**
 * @typedef {object} Run
 * @property {string} start the start button's id
 * @property {string} stop the stop button's id
 * @property {RunState} state
 * @property {Job | null} job as the server knows it
 * @property {RefusalEvent | null} refused why it was turned away at the door
 * @property {Record<string, Value> | null} asked what stood in the controls when it was started; null: it never was
 * @property {(() => void)[]} examples what takes away each that stands in its place
 * @property {View | null} view
 * @property {boolean} blocked there is nothing yet that it could be started with
 * @property {() => void} onBlocked is called when that has changed
 */

const NAMES = ["build", "generate", "compare", "train", "forget", "before-after"];
/** @type {Run[]} */
const runs = [...NAMES, ...store.page.labs.map((name) => `lab-${name}`)].map((start) => ({
  start, stop: `stop-${start}`, state: "idle", job: null, refused: null, asked: null, examples: [], view: null,
  blocked: false, onBlocked: () => {},
}));

/** The run that the button `name` starts. Throws if there is none. @param {string} name */
export function runOf(name) {
  const found = runs.find(({ start }) => start === name);
  if (!found) throw new Error(`no run is called ${name}`);
  return found;
}

/** @type {WaitEvent} */
const WAITING = { stage: "wait" };

// A rule and no class: a Stop may come to the page after the press that makes it wanted, with its tab.
const shown = new CSSStyleSheet();
document.adoptedStyleSheets.push(shown);

function dress() {
  const wanted = runs.filter(({ state }) => canStop(state)).map(({ stop }) => `#${stop}`);
  shown.replaceSync(wanted.length ? `${wanted.join(", ")} { display: block !important; }` : "");
  for (const { start, state, blocked } of runs) {
    document.getElementById(start)?.setAttribute("aria-disabled", String(state !== "idle" || blocked));
  }
}

/**
 * Says whether the run `name` can be started at all.
 * @param {string} name
 * @param {boolean} blocked
 */
export function block(name, blocked) {
  const run = runOf(name);
  if (run.blocked === blocked) return;
  run.blocked = blocked;
  dress();
  run.onBlocked();
}

/**
 * Takes a run to its next state; false if the occurrence means nothing in the one it is in.
 * @param {Run} run
 * @param {Occurrence} occurrence
 */
function turn(run, occurrence) {
  const next = after(run.state, occurrence);
  if (!next) return false;
  run.state = next;
  dress();
  if (next === "stopping" && run.job) void cancel(run.job).then(() => turn(run, "release"));
  return true;
}

/** @param {Run} run */
function start(run) {
  Object.assign(run, { job: null, refused: null, asked: store.all() });
  for (const end of run.examples.splice(0)) end();
  if (run.start === "build") void openTab("generate"); // its button stands beside the tabs, the others' in them
  run.view?.show(WAITING);
  run.view?.reveal();
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  for (const run of runs) {
    if (event.target.closest(`#${run.start}`)) {
      if (!run.blocked && turn(run, "press")) start(run);
      else event.stopImmediatePropagation(); // one at a time
    } else if (event.target.closest(`#${run.stop}`)) {
      event.stopImmediatePropagation(); // Gradio's own way to cancel: door.js says what is wrong with it
      if (turn(run, "stop")) run.view?.stopped();
    }
  }
}, { capture: true });

watchJoins({
  joined(pressed, job) {
    const run = runs.find((each) => each.start === pressed);
    if (!run) return;
    run.job = job;
    turn(run, "join");
  },
  refused(pressed, sentence) {
    const run = runs.find((each) => each.start === pressed);
    const stopped = run?.state === "withdrawn"; // nobody waits for it any more
    if (!run || !turn(run, "refuse") || stopped) return;
    run.refused = { stage: "refused", error: sentence ?? store.text("error.unexpected") };
    run.view?.show(run.refused);
  },
  unheard(pressed) {
    lose(runs.find((each) => each.start === pressed), "refuse");
    return store.text("error.lost");
  },
  lost(event_id) {
    lose(runs.find((each) => each.job?.event_id === event_id), "lose");
  },
});

/**
 * @param {Run | undefined} run
 * @param {Occurrence} occurrence
 */
function lose(run, occurrence) {
  const stopped = run?.state === "withdrawn";
  if (!run || !turn(run, occurrence) || stopped) return;
  run.refused = { stage: "refused", error: store.text("error.lost") };
  run.view?.show(run.refused);
}

/**
 * Connects a part of the page with its run: `show(event)` for each value from the server, `stopped(last)` at Stop.
 * @template {PageEvent} E
 * @param {string} name
 * @param {HTMLElement} element
 * @param {Props<E | null>} props
 * @param {Watch} watch
 * @param {(event: E | WaitEvent | RefusalEvent) => void} show
 * @param {(last: E | null) => void} stopped
 */
export function follow(name, element, props, watch, show, stopped) {
  const run = runOf(name);
  /** @type {E | null} what was heard of the run */
  let last = null;
  const reveal = () => {
    const { top, height } = element.getBoundingClientRect();
    const tall = height > 0.7 * innerHeight; // it is to have the whole window
    if (NARROW.matches) scrollTo(element);
    else if (top > 0.7 * innerHeight || top < 0) scrollTo(element, { above: tall ? 0 : 0.2 * innerHeight });
  };
  const hear = () => {
    const event = props.value;
    if (!event || run.state !== "running") return;
    last = event;
    if ("error" in event || ("done" in event && event.done)) turn(run, "finish");
    show(event);
  };
  run.view = {
    show: (event) => {
      last = null;
      show(event);
    },
    stopped: () => stopped(last),
    reveal,
  };
  watch("value", hear);
  if (run.refused) run.view.show(run.refused);
  if (!canStop(run.state)) return;
  dress();
  run.view.show(WAITING);
  hear();
  reveal();
}
