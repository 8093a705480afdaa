// The tab 'Drawing': a forward pass of the model, played with the numbers that were measured.

import { attentionPanel } from "./attention_panel.js";
import { find } from "./dom.js";
import { accompany, markDrawing } from "./drawing_flow.js";
import { exampleIn } from "./example.js";
import { flying } from "./flying.js";
import { forwardGrid } from "./forward_grid.js";
import { lengthsTable } from "./forward_table.js";
import { duration, stagesOf, textLength } from "./forward_timeline.js";
import { nameOfStage, saysOf, saysOfPrompt } from "./forward_words.js";
import { nextTokens } from "./next_tokens.js";
import { player } from "./player.js";
import { instead, notices, progress, refusal } from "./progress.js";
import { follow, runOf } from "./runs.js";
import { onSeen } from "./seen.js";
import * as store from "./store.js";

/** @import { Stage } from "./forward_timeline.js" */
/** @import { Value } from "./store.js" */
/** @import { ForwardResult, LabShownEvent, PartValues, ShapeConfig } from "./types" */
/** @typedef {{ data: ForwardResult, config: ShapeConfig, asked: Record<string, Value> }} Shown `asked`: with what */

const WORDS = { building: "generate.building", working: "forward.working" };
const RUN = "lab-forward";
const TEXT_FIELDS = store.page.generate_fields.filter((field) => field !== "max_new_tokens");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @type {Part<PartValues["forward"]>} */
export function forward(element, props, _trigger, watch) {
  const root = find(element, ".forward"), said = find(root, ".said"), played = find(root, ".played");
  const play = find(played, ".play"), place = find(played, ".place"), range = find(played, "input", HTMLInputElement);
  const telling = find(played, ".telling"), scroller = find(played, ".scroller");
  const next = nextTokens(find(played, ".next"));
  const table = lengthsTable(find(played, ".lengths", HTMLDetailsElement));
  /** @type {Shown | null} */
  let shown = null;
  /** @type {ReturnType<typeof forwardGrid> | null} */
  let grid = null;
  /** @type {Stage[]} */
  let stages = [];
  let asksForBlock = false;

  const panel = attentionPanel(find(played, ".attention"), {
    askFor: (block) => {
      store.set("layer", block, { settled: true });
      asksForBlock = true;
      document.getElementById(RUN)?.click();
    },
    marked: () => draw(playing.at(), playing.playing()),
  });
  const playing = player({
    count: () => stages.length,
    duration: (at) => duration(stages[at], shown?.config.n_layer ?? 1),
    show: draw,
  });

  /**
   * @param {number} at
   * @param {boolean} goesOn
   */
  function draw(at, goesOn) {
    if (!shown || !grid) return;
    const stage = stages[at], { data, config } = shown, token = panel.token() ?? stage.tokens - 1;
    const looking = Math.min(token, stage.tokens - 1);
    grid.show(stage, looking);
    grid.mark(panel.token());
    next.show(data.passes[stage.pass], {
      known: stage.kind === "logits" || stage.kind === "choose", decided: stage.kind === "choose",
    });
    root.classList.toggle("flows", goesOn);
    const name = nameOfStage(stage, data);
    telling.setAttribute("aria-live", goesOn ? "off" : "polite"); // who listens hears the stages that they went to
    for (const each of [find(telling, ".stage-name"), place]) each.textContent = name;
    const model = { heads: config.n_head, vocab: config.vocab_size };
    find(telling, ".says").textContent = saysOf(stage, data, looking, model);
    play.textContent = store.text(goesOn ? "forward.pause" : "forward.play");
    range.value = String(at);
    range.setAttribute("aria-valuetext", name);
    range.style.setProperty("--filled", `${(100 * at) / Math.max(1, stages.length - 1)}%`);
    if (goesOn && (stage.kind === "embed" || stage.kind === "choose")) {
      const newest = grid.chipOf(textLength(stage) - 1);
      bringIntoSight(scroller, newest);
      if (stage.kind === "choose" && !calm.matches) flying(played, next.chosen(), newest);
    }
    mark();
  }

  /** Where the pass is on the drawing, if that is of the model that is played. */
  const mark = () => markDrawing(shown && !moved() ? stages[playing.at()] : null, playing.playing());

  /** Whether the settings are others than those of what is played. */
  function moved() {
    const asked = shown?.asked ?? {};
    return Object.entries(asked).some(([field, value]) => value !== store.get(field));
  }
  const outdated = find(played, ".outdated");
  function look() {
    const text = moved() && root.dataset.shows !== "example" ? store.text("forward.outdated") : "";
    if (outdated.textContent !== text) outdated.textContent = text;
    root.classList.toggle("stale", text !== "");
    mark();
  }
  store.subscribe(look);

  /** @param {LabShownEvent} event */
  function found(event) {
    const [block] = event.blocks, { config } = event;
    if (block?.block !== "forward" || !config) return;
    const { data } = block, asked = askedOf(event);
    const same = shown !== null && sameText(shown.data, data), forBlock = asksForBlock;
    asksForBlock = false;
    if (!shown) accompany(root, find(played, ".player-room"));
    shown = { data, config, asked };
    played.hidden = false;
    root.dataset.shows = runOf(RUN).asked ? "run" : "example";
    said.replaceChildren(...notices(event));
    find(played, ".source").textContent = saysOfPrompt(data);
    panel.show(data, config);
    table.show(data);
    if (same && forBlock) return draw(playing.at(), playing.playing());
    stages = stagesOf(config.n_layer, data.n_prompt, data.passes.length);
    range.max = String(stages.length - 1);
    grid = forwardGrid(data, (token, at) => panel.open(token, at));
    scroller.replaceChildren(grid.node);
    if (!forBlock) panel.close();
    // What nobody here has asked for begins nothing: it shows the whole of the first pass.
    if (runOf(RUN).asked) playing.begin(!calm.matches);
    else playing.go(stages.length / data.passes.length - 1);
    look();
  }

  /** Without a result. What was played before stays. @param {HTMLElement} why */
  function ended(why) {
    asksForBlock = false;
    said.replaceChildren(why);
    if (shown) panel.show(shown.data, shown.config);
  }

  follow(RUN, element, props, watch, (event) => {
    if ("error" in event) return ended(refusal(event));
    if (event.stage === "lab_shown") return found(event);
    said.replaceChildren(...notices(event), progress(event, WORDS));
  }, () => ended(instead(store.text("build.stopped"))));

  exampleIn(root, RUN, ({ event }, line) => {
    if (event.stage !== "lab_shown") return;
    played.prepend(line);
    found(event);
  }, () => { root.dataset.shows = ""; });

  play.addEventListener("click", playing.toggle);
  find(played, ".back").addEventListener("click", () => playing.go(playing.at() - 1));
  find(played, ".on").addEventListener("click", () => playing.go(playing.at() + 1));
  range.addEventListener("input", () => playing.go(Number(range.value)));
  // Not only of the player itself: the drawing below shows where the pass is, too.
  onSeen(element.closest("[role=tabpanel]") ?? root, playing.see);
}

/** @type {(a: ForwardResult, b: ForwardResult) => boolean} */
const sameText = (a, b) => a.tokens.join() === b.tokens.join() && a.lengths.join() === b.lengths.join();

/**
 * Scrolls sideways, where not all tokens have room, to where a pass goes on.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} chip
 */
function bringIntoSight(scroller, chip) {
  const over = chip.getBoundingClientRect().right - scroller.getBoundingClientRect().right;
  if (over > 0) scroller.scrollBy({ left: over });
}

/**
 * What of the page's settings an event's text depends on. Of an event that nobody here has asked for only the model is
 * known.
 * @param {LabShownEvent} event
 */
function askedOf({ config, seed, dtype, weights }) {
  const asked = runOf(RUN).asked ?? {};
  const text = Object.fromEntries(TEXT_FIELDS.filter((field) => field in asked).map((field) => [field, asked[field]]));
  const told = Object.entries({ seed, dtype, weights }).filter(([, value]) => value !== undefined);
  return { ...text, ...config, ...Object.fromEntries(told) };
}
