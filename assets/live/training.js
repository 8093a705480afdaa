// A run of training as it goes: its figures, its curve, what the model writes by now, and what can be done with it.

import { find } from "./dom.js";
import { exampleIn } from "./example.js";
import { isNow, kindOf, learn, modelOf, onUnlearnt } from "./learnt.js";
import { notices, progress, refusal } from "./progress.js";
import { follow, runOf } from "./runs.js";
import { NARROW, scrollTo } from "./screen.js";
import { takeSteps } from "./steps.js";
import { nameFiles } from "./training_files.js";
import * as store from "./store.js";
import { openGenerate } from "./to_generate.js";
import { adviseIn } from "./training_advice.js";
import { curveIn } from "./training_chart.js";
import { factsOf, fillReadings, howFar, lesson } from "./training_words.js";

/** @import { PartValues, TrainEvent } from "./types" */

const WORDS = { building: "train.building" };

/** Whether the controls ask for what this run does. @param {TrainEvent} event */
const isAsked = (event) => isNow(modelOf(event)) && event.dtype === store.get("dtype")
  && kindOf(event.source) === kindOf(String(store.get("source")));

/** @type {Part<PartValues["training"]>} */
export function training(element, props, _trigger, watch) {
  const root = find(element, ".result"), run = runOf("train");
  const inside = (/** @type {string} */ selector) => find(root, selector);
  const instead = inside(".instead"), outdated = inside(".outdated"), end = inside(".end");
  const use = inside(".use-weights"), again = inside(".again"), bar = find(root, "progress", HTMLProgressElement);
  const curve = curveIn(inside(".curve"));
  /** @type {TrainEvent | null} the run that is shown, as it was last heard of */
  let shown = null;
  let begun = false; // the run that was pressed for has told something
  let filled = false; // there is something whose room the next run can keep

  /** What is known only now goes into the page's state, and into its link: once, for the visitor may go on. */
  function adopt(/** @type {TrainEvent} */ event) {
    if (!isAsked(event)) return;
    if (store.get("source") === "text" && !begun) store.set("source", event.source, { settled: true });
    if (event.steps && !shown?.steps && store.get("steps") === 0) takeSteps(event.steps);
  }

  function age() {
    const old = shown !== null && !(isAsked(shown) && [shown.source, "text"].includes(String(store.get("source"))));
    const said = old ? store.text("train.outdated") : "";
    if (outdated.textContent !== said) outdated.textContent = said;
  }

  /** @param {TrainEvent} event */
  function fill(event) {
    filled = true;
    fillReadings(inside(".readings"), event);
    inside(".at-step").textContent = howFar(event);
    if (event.steps) bar.value = event.step / event.steps;
    else bar.removeAttribute("value");
    inside(".prompted").textContent = event.sample ? event.sample_prompt : "";
    inside(".said").textContent = event.sample.trimEnd() || store.text("train.no_sample");
    inside(".speech").classList.toggle("none", !event.sample);
    inside(".facts-line").textContent = factsOf(event);
  }

  /** There is nothing to be done with a run yet. */
  function leaveNothing() {
    end.textContent = "";
    use.hidden = again.hidden = true;
    nameFiles(inside(".files"), null);
  }

  /** What a run that has ended leaves to be done. @param {string} said @param {TrainEvent | null} last */
  function finish(said, last) {
    end.textContent = said;
    inside(".run").classList.add("over");
    const { done = false, weights = null } = last ?? {};
    use.hidden = weights === null;
    nameFiles(inside(".files"), last);
    again.hidden = done && store.isLocked("seed");
    again.textContent = done && last
      ? store.text("train.again", { seed: store.count(last.seed + 1) }) : store.text("train.go_on");
  }

  follow("train", element, props, watch, (event) => {
    if ("error" in event) {
      instead.replaceChildren(refusal(event));
      if (!begun) root.dataset.shows = "nothing";
      return;
    }
    if (run.state === "starting") {
      begun = false;
      inside(".run").classList.remove("over");
      leaveNothing();
    }
    if (event.stage !== "train") {
      instead.replaceChildren(...notices(event), progress(event, WORDS));
      if (!begun) root.dataset.shows = filled ? "room" : "wait";
      return;
    }
    if (!begun) {
      curve.anew();
      shown = null;
    }
    adopt(event);
    instead.replaceChildren(...notices(event));
    shown = event;
    root.dataset.shows = "run";
    fill(event);
    curve.show(event);
    learn(event);
    age();
    if (event.done) finish(lesson(event), event);
    if (!begun) reveal();
    begun = true;
  }, (last) => {
    const event = last?.stage === "train" ? last : null;
    instead.replaceChildren();
    if (!event) root.dataset.shows = "nothing";
    const key = !event?.step ? "early" : event.weights ? "at" : "soon";
    finish(store.text(`train.stopped_${key}`, { steps: store.count(event?.step ?? 0) }), event);
  });

  exampleIn(root, "train", ({ event }, line) => {
    if (event.stage !== "train") return;
    instead.replaceChildren(line);
    root.dataset.shows = "example";
    inside(".run").classList.add("over");
    leaveNothing();
    end.textContent = lesson(event);
    fill(event);
    curve.show(event);
  });

  /** The curve is to be seen whole. */
  function reveal() {
    const { bottom } = inside(".chart .plot").getBoundingClientRect();
    if (NARROW.matches || bottom > innerHeight) scrollTo(root);
  }

  use.addEventListener("click", () => {
    if (!shown) return;
    const prompt = store.get("prompt") || shown.sample_prompt;
    store.setMany({ weights: shown.done ? shown.run : String(shown.weights), prompt });
    void openGenerate();
  });
  again.addEventListener("click", () => {
    if (shown?.done) store.set("seed", shown.seed + 1, { settled: true });
    // The controls hand it on in the next frame.
    requestAnimationFrame(() => setTimeout(() => find(document, "#train").click()));
  });
  onUnlearnt(() => {
    if (kindOf(shown?.source ?? "") !== "text") return;
    shown = null;
    instead.replaceChildren();
    root.dataset.shows = "nothing";
  });
  adviseIn(inside(".advice"));
  store.subscribe(age);
}
