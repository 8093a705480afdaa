// What the model says: one continuation, or the same one at several temperatures. All of it is set as text.

import { find, make, verbatim } from "./dom.js";
import { exampleIn } from "./example.js";
import { instead, noticeLine, notices, progress, refusal } from "./progress.js";
import { follow, runOf } from "./runs.js";
import { staleness } from "./stale.js";
import * as store from "./store.js";

/** @import { CompareEvent, GenerateEvent, PageEvent, PartValues } from "./types" */

const WORDS = { building: "generate.building" };

/** @param {GenerateEvent | CompareEvent} event */
const speed = (event) => store.text("generate.speed", {
  tokens: store.count(event.n_tokens), speed: store.decimal(event.tokens_per_second, 1), device: event.device,
  dtype: event.dtype,
});
/** @param {GenerateEvent | CompareEvent} event */
const ending = (event) => (
  event.stop_reason ? store.text(`generate.${event.stop_reason}`, { block_size: store.count(event.block_size) }) : ""
);
/** What stands at the end after a Stop. @param {PageEvent | null} last */
function stopped(last) {
  const tokens = last && "n_tokens" in last ? last.n_tokens : 0;
  return store.text("generate.stopped", { tokens: store.count(tokens) });
}

/** A line of sampled text. @param {Node[]} inside */
function speech(...inside) {
  const line = verbatim(make("p", "", "speech"));
  line.dir = "auto";
  line.tabIndex = 0; // it scrolls
  line.append(...inside);
  return line;
}

/** A screen reader gets the end, not every syllable. @param {HTMLElement} root */
function quietly(root) {
  root.setAttribute("aria-live", "off");
  const end = make("p", "", "end");
  end.setAttribute("role", "status");
  return end;
}

/** @type {Part<PartValues["generation"]>} */
export function generation(element, props, _trigger, watch) {
  const root = find(element, ".result");
  const run = runOf("generate");
  const stale = staleness(root, run, store.page.generate_fields);
  const prompt = make("span", "", "prompted"), said = make("span", "", "said");
  const line = speech(prompt, said);
  const notice = noticeLine();
  const facts = make("p", "", "facts-line");
  const end = quietly(root);

  /**
   * Puts a text where it is shown; returns what stands above it.
   * @param {GenerateEvent} event
   * @param {import("./store.js").Value | undefined} asked the prompt
   */
  function fill(event, asked) {
    const { start_token: token } = event;
    prompt.textContent = token ?? String(asked);
    said.textContent = event.text;
    facts.textContent = speed(event);
    return token ? [make("p", store.text("generate.start_token", { token }), "hint")] : [];
  }

  follow("generate", element, props, watch, (event) => {
    if ("error" in event) return root.replaceChildren(refusal(event));
    if (event.stage !== "generate") {
      return root.replaceChildren(...notices(event), progress(event, WORDS));
    }
    const intro = fill(event, run.asked?.prompt);
    end.textContent = ending(event);
    if (line.parentElement !== root) root.replaceChildren(notice.node, stale.line, ...intro, line, facts, end);
    notice.look(event);
    stale.look();
  }, (last) => {
    if (line.parentElement === root) end.textContent = stopped(last);
    else root.replaceChildren(instead(stopped(last)));
  });
  exampleIn(root, "generate", ({ event, prompt: asked }, above) => {
    if (event.stage === "generate") root.replaceChildren(above, ...fill(event, asked), line);
  });
}

/** One column of a comparison. @param {number} temperature */
function columnAt(temperature) {
  const heading = temperature === 0
    ? store.text("generate.compare_greedy")
    : store.text("generate.compare_at", { temperature: store.small(temperature) });
  const column = make("section");
  const text = speech(), facts = make("p", "", "facts-line");
  column.append(make("h2", heading), text, facts);
  return { column, text, facts };
}

/** @type {Part<PartValues["comparison"]>} */
export function comparison(element, props, _trigger, watch) {
  const root = find(element, ".result");
  const end = quietly(root);
  const grid = make("div", "", "grid");
  const notice = noticeLine();
  const fields = store.page.generate_fields.filter((field) => field !== "temperature"); // it has its own
  const stale = staleness(root, runOf("compare"), fields);
  /** @type {ReturnType<typeof columnAt>[]} */
  let columns = [];

  /** @param {CompareEvent} event */
  function begin(event) {
    columns = event.temperatures.map(columnAt);
    grid.replaceChildren(...columns.map((each) => each.column));
  }
  /** @param {CompareEvent} event */
  function fill(event) {
    for (const [i, { text, facts }] of columns.entries()) {
      text.textContent = event.texts[i];
      facts.textContent = store.text("generate.compare_facts", {
        entropy: store.decimal(event.entropies[i]), share: store.percent(event.repeat_shares[i], 0),
      });
    }
  }

  follow("compare", element, props, watch, (event) => {
    if ("error" in event) return root.replaceChildren(refusal(event));
    if (event.stage !== "compare") {
      columns = [];
      return root.replaceChildren(...notices(event), progress(event, WORDS));
    }
    if (!columns.length) {
      begin(event);
      root.replaceChildren(notice.node, stale.line, grid, end);
    }
    notice.look(event);
    stale.look();
    fill(event);
    end.textContent = [speed(event), ending(event)].join(" ");
  }, (last) => {
    if (columns.length) end.textContent = stopped(last);
    else root.replaceChildren(instead(stopped(last)));
  });
  exampleIn(root, "compare", ({ event }, line) => {
    if (event.stage !== "compare") return;
    begin(event);
    fill(event);
    root.replaceChildren(line, grid);
  });
}
