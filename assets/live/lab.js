// What a lab has found: blocks that gpt2core/ui/components/blocks.py makes. All words are set as text.

import { figureIn } from "./figure_in.js";
import { cell, dataOf, find, make, verbatim } from "./dom.js";
import { exampleIn } from "./example.js";
import { pictures } from "./pictures.js";
import { instead, notices, progress, refusal } from "./progress.js";
import { follow } from "./runs.js";
import * as store from "./store.js";
import { showNext } from "./temperature.js";

/** @import { Block, FiguresBlock, LabRunEvent, PartValues, RefusalEvent } from "./types" */
/** @import { ShapeConfig, SurprisalsBlock } from "./types" */
/** @typedef {{ name: string, title: string, shape?: ShapeConfig }} About what a picture of a figure is named after */

// A token that surprised by so many nats has the strongest colour: one of 150 that are as likely.
const STRONGEST = 5;

const WORDS = { building: "generate.building", working: "lab.working" };

/**
 * @param {"th" | "td"} tag
 * @param {string[]} cells
 */
function row(tag, cells) {
  const line = make("tr");
  for (const content of cells) line.append(cell(tag, content));
  return line;
}

/**
 * Charts of which one is shown, with what it says in words.
 * @param {FiguresBlock} block
 * @param {About} about
 * @returns {{ drawing: ReturnType<typeof figureIn> | null, elements: HTMLElement[] }}
 */
function figures({ label, choices }, about) {
  const plot = verbatim(make("div", "", "plot"));
  plot.setAttribute("aria-hidden", "true");
  const says = make("p", "", "says");
  if (!choices.length) return { drawing: null, elements: [plot, says] };
  const drawing = figureIn(plot);
  /** @param {number} n */
  const show = (n) => {
    drawing.show(choices[n].figure);
    says.textContent = choices[n].says;
  };
  show(0);
  const below = [plot, says, pictures(about, drawing.picture)];
  if (choices.length === 1) return { drawing, elements: below };
  const select = make("select");
  for (const [n, { name }] of choices.entries()) {
    const choice = cell("option", name);
    choice.value = String(n);
    select.append(choice);
  }
  select.addEventListener("change", () => show(Number(select.value)));
  const named = make("label", `${label} `, "choice");
  named.append(select);
  says.setAttribute("aria-live", "polite");
  return { drawing, elements: [named, ...below] };
}

/** @param {SurprisalsBlock} block */
function surprisals({ pieces, surprisals: nats }) {
  const line = verbatim(make("p", "", "surprisals"));
  line.dir = "auto";
  for (const [n, piece] of pieces.entries()) {
    const token = make("span", piece);
    if (n) {
      token.style.setProperty("--surprise", `${Math.round(100 * Math.min(1, nats[n - 1] / STRONGEST))}%`);
      token.title = store.text("lab.score_nats", { nats: store.decimal(nats[n - 1], 2) });
    }
    line.append(token);
  }
  return [line];
}

/**
 * The elements of one block that is no figure.
 * @param {Exclude<Block, FiguresBlock>} block
 * @returns {HTMLElement[]}
 */
function elementsOf(block) {
  switch (block.block) {
    case "heading": return [make("h3", block.text)];
    case "paragraph": return [make("p", block.text, block.look)];
    case "code": {
      const code = make("pre", block.text, block.look);
      code.tabIndex = 0; // it scrolls
      return [code];
    }
    case "table": {
      const box = make("div", "", "wide"), table = make("table");
      box.tabIndex = 0;
      table.append(row("th", block.head), ...block.rows.map((cells) => row("td", cells)));
      box.append(table);
      return [box];
    }
    case "surprisals": return surprisals(block);
    case "next":
      showNext(block.data);
      return [];
    case "forward": return []; // forward.js has a part of its own for it
  }
}

/** @type {Part<PartValues["lab"]>} */
export function lab(element, props, _trigger, watch) {
  const root = find(element, ".result");
  const name = dataOf(root, "lab");
  const outdated = make("p", "", "outdated");
  /** @type {Record<string, import("./store.js").Value> | null} the model that was tried */
  let asked = null;
  /** @type {{ end: () => void }[]} the figures that stand here */
  let drawings = [];

  /** @param {Exclude<LabRunEvent, RefusalEvent>} event */
  function found(event) {
    const shape = "config" in event ? event.config : undefined;
    let title = store.text(`lab.${name}_title`);
    return ("blocks" in event ? event.blocks : []).flatMap((block) => {
      if (block.block === "heading") title = block.text;
      if (block.block !== "figures") return elementsOf(block);
      const { drawing, elements } = figures(block, { name, title, shape });
      if (drawing) drawings.push(drawing);
      return elements;
    });
  }

  store.subscribe(() => {
    const model = asked;
    const moved = model && store.page.model_fields.some((field) => model[field] !== store.get(field));
    outdated.textContent = moved ? store.text("lab.outdated") : "";
  });
  follow(`lab-${name}`, element, props, watch, (event) => {
    for (const drawing of drawings) drawing.end();
    drawings = [];
    if ("error" in event) return root.replaceChildren(refusal(event));
    if (event.stage !== "lab_shown") {
      return root.replaceChildren(...notices(event), ...found(event), progress(event, WORDS));
    }
    asked = event.config
      ? { ...event.config, seed: event.seed ?? 0, dtype: event.dtype ?? "", weights: event.weights ?? "random" } : null;
    outdated.textContent = "";
    const shown = found(event);
    root.replaceChildren(...notices(event), ...(shown.length ? [outdated, ...shown] : []));
  }, () => root.replaceChildren(instead(store.text("build.stopped"))));
  exampleIn(root, `lab-${name}`, ({ event }, line) => {
    if (event.stage === "lab_shown") root.replaceChildren(line, ...found(event));
  }, () => {
    if (name === "logits") showNext(null); // they are shown in a part of their own
  });
}
