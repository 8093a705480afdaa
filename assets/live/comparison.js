// The same prompt and noise at several temperatures, by one model, or by its random weights and by those that a run of
// training has left.

import { find, make } from "./dom.js";
import { exampleIn } from "./example.js";
import { learntNow, onLearnt } from "./learnt.js";
import { instead, noticeLine, notices, progress, refusal } from "./progress.js";
import { block, follow, runOf } from "./runs.js";
import { ending, quietly, speech, speed, stoppedAfter } from "./speech.js";
import { staleness } from "./stale.js";
import * as store from "./store.js";

/** @import { CompareEvent, PartValues } from "./types" */

const WORDS = { building: "generate.building" };
// A comparison has temperatures of its own.
const FIELDS = store.page.generate_fields.filter((field) => field !== "temperature");

/**
 * One column of a comparison.
 * @param {number} temperature
 * @param {"h2" | "h3"} rank of its heading
 */
function columnAt(temperature, rank) {
  const heading = temperature === 0
    ? store.text("generate.compare_greedy")
    : store.text("generate.compare_at", { temperature: store.small(temperature) });
  const column = make("section");
  const text = speech(), facts = make("p", "", "facts-line");
  column.append(make(rank, heading), text, facts);
  return { column, text, facts };
}

/** A row of texts. @param {"h2" | "h3"} [rank] of their headings */
function rowOfTexts(rank = "h2") {
  const node = make("div", "", "grid");
  /** @type {ReturnType<typeof columnAt>[]} */
  let columns = [];
  return {
    node,
    clear() {
      columns = [];
      node.replaceChildren();
    },
    /** @param {CompareEvent} event */
    show(event) {
      if (!columns.length) {
        columns = event.temperatures.map((temperature) => columnAt(temperature, rank));
        node.replaceChildren(...columns.map(({ column }) => column));
      }
      for (const [i, { text, facts }] of columns.entries()) {
        text.textContent = event.texts[i];
        facts.textContent = store.text("generate.compare_facts", {
          entropy: store.decimal(event.entropies[i]), share: store.percent(event.repeat_shares[i], 0),
        });
      }
    },
  };
}

/** @type {Part<PartValues["comparison"]>} */
export function comparison(element, props, _trigger, watch) {
  const root = find(element, ".result");
  const end = quietly(root);
  const row = rowOfTexts();
  const notice = noticeLine();
  const stale = staleness(root, runOf("compare"), FIELDS);

  follow("compare", element, props, watch, (event) => {
    if ("error" in event) return root.replaceChildren(refusal(event));
    if (event.stage !== "compare") {
      row.clear();
      return root.replaceChildren(...notices(event), progress(event, WORDS));
    }
    if (row.node.parentElement !== root) root.replaceChildren(notice.node, stale.line, row.node, end);
    notice.look(event);
    stale.look();
    row.show(event);
    end.textContent = [speed(event), ending(event)].join(" ");
  }, (last) => {
    const said = stoppedAfter(last?.stage === "compare" ? last : null);
    if (row.node.parentElement === root) end.textContent = said;
    else root.replaceChildren(instead(said));
  });
  exampleIn(root, "compare", ({ event }, line) => {
    if (event.stage !== "compare") return;
    row.show(event);
    root.replaceChildren(line, row.node);
  });
}

/** @type {Part<PartValues["beforeAfter"]>} */
export function beforeAfter(element, props, _trigger, watch) {
  const root = find(element, ".result");
  const end = quietly(root);
  const rows = { before: rowOfTexts("h3"), after: rowOfTexts("h3") };
  const headings = { before: make("h2", store.text("train.before")), after: make("h2", store.text("train.after")) };
  const waiting = make("div");
  const notice = noticeLine();
  const stale = staleness(root, runOf("before-after"), FIELDS.filter((field) => field !== "weights"));
  const empty = root.querySelector(".empty");
  let between = false; // the first is done, and the second is not there yet

  onLearnt(() => block("before-after", learntNow() === null));
  follow("before-after", element, props, watch, (event) => {
    if ("error" in event) {
      between = false;
      return root.replaceChildren(refusal(event));
    }
    if (event.stage !== "before_after") {
      waiting.replaceChildren(...notices(event), progress(event, WORDS));
      if (between) return;
      for (const row of Object.values(rows)) row.clear();
      return root.replaceChildren(waiting);
    }
    const { before, after } = event;
    if (rows.before.node.parentElement !== root) {
      root.replaceChildren(notice.node, stale.line, headings.before, rows.before.node, headings.after, waiting,
        rows.after.node, end);
    }
    between = before.done && after === null;
    waiting.replaceChildren();
    headings.after.hidden = !before.done;
    for (const [row, texts] of /** @type {const} */ ([[rows.before, before], [rows.after, after]])) {
      if (texts) row.show(texts);
    }
    const newest = after ?? before;
    notice.look(newest);
    stale.look();
    end.textContent = event.done ? [speed(newest), ending(newest)].join(" ") : "";
  }, (last) => {
    const both = last?.stage === "before_after" ? last : null;
    const said = stoppedAfter(both && (both.after ?? both.before));
    between = false;
    waiting.replaceChildren();
    if (rows.before.node.parentElement === root) end.textContent = said;
    else root.replaceChildren(...[instead(said), empty].filter((node) => node !== null));
  });
  exampleIn(root, "before-after", ({ event }, line) => {
    if (event.stage !== "before_after") return;
    const { before, after } = event;
    for (const [row, texts] of /** @type {const} */ ([[rows.before, before], [rows.after, after]])) {
      if (texts) row.show(texts);
    }
    root.replaceChildren(line, headings.before, rows.before.node, headings.after, rows.after.node);
  });
}
