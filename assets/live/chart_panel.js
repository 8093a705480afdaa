// Where a chart is drawn, and what is said beside it in words and as a table.

import { nameParts } from "./chart_parts.js";
import { cell, find, make, verbatim } from "./dom.js";
import { sayingFailure } from "./failed_draw.js";
import { fit } from "./figure_fit.js";
import { oneAtATime } from "./one_at_a_time.js";
import { drawIn, loadPlotly } from "./plotly.js";
import { fitPaper, onPaperNow } from "./paper.js";
import * as store from "./store.js";
import { larger, themed } from "./theme.js";

/** @import { Fitted } from "./figure_fit.js" */
/** @import { Rows } from "./figure_words.js" */
/** @import { Chart, Charts } from "./types" */

/** @typedef {ReturnType<typeof panelOf>} Panel */

const CALM_MS = 900; // after the last change of a shape
// Of a chart: less at the edge of the window is not worth the frames of a drag. A window that is a quarter as high as
// the highest chart, as a page is that was enlarged four times, still has it in sight.
const IN_SIGHT = 1 / 4;

/**
 * @param {HTMLElement} root
 * @param {keyof Charts} kind
 * @param {Chart} spec
 */
export function panelOf(root, kind, spec) {
  const plot = find(root, ".plot"), caption = find(root, "figcaption");
  const details = find(root, "details", HTMLDetailsElement), table = find(details, "table");
  /** @type {Fitted | null} */
  let newest = null;
  /** @type {Fitted | null} the newest until it is drawn; out of sight it waits */
  let waiting = null;
  /** @type {Rows} */
  let rows = { lines: [] };
  let width = 0, inSight = false, calm = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let untilCalm;

  const draw = oneAtATime(sayingFailure(plot, async () => {
    if (!waiting || !width || !(inSight || calm || onPaperNow())) return;
    await loadPlotly();
    const figure = waiting;
    waiting = null;
    fit(figure, spec, width, kind, larger());
    const first = !plot.dataset.drawn;
    const drawn = await drawIn(plot, themed(figure));
    if (spec.bind.length) nameParts(drawn, spec);
    if (first && kind === "treemap") keepOutOfTensors(drawn, spec);
  }));

  function fillTable() {
    if (!details.open || !rows.lines.length) return table.replaceChildren();
    const head = rows.head ?? [store.text("chart.part"), store.text("chart.parameters"), store.text("chart.share")];
    table.replaceChildren(line("th", head), ...rows.lines.map((cells) => line("td", cells, kind === "distribution")));
  }
  details.addEventListener("toggle", fillTable);

  const makeRoom = () => { plot.style.height = `${spec.figure.layout.height * larger()}px`; };
  makeRoom();
  new IntersectionObserver((entries) => { // the newest comes last
    inSight = entries[entries.length - 1].intersectionRatio >= IN_SIGHT;
    draw();
  }, { threshold: IN_SIGHT }).observe(plot);

  /** What is out of sight is drawn once nothing has changed for a while: for print, and pictures of the whole page. */
  function drawWhenCalm() {
    calm = false;
    clearTimeout(untilCalm);
    untilCalm = setTimeout(() => {
      calm = true;
      draw();
    }, CALM_MS);
  }

  return {
    root, makeRoom,
    /** @param {Fitted} figure */
    show(figure) {
      waiting = newest = figure;
      drawWhenCalm();
      draw();
    },
    /**
     * @param {string} sentence
     * @param {Rows} table
     */
    tell(sentence, table) {
      if (caption.textContent !== sentence) caption.textContent = sentence;
      rows = table;
      fillTable();
    },
    /** The newest figure as it is drawn, for a picture. */
    copy() {
      if (!newest) throw new Error("no figure is shown");
      const figure = structuredClone(newest);
      fit(figure, spec, width, kind);
      return figure;
    },
    /** Calls `then` when there is another width to draw at. @param {() => void} then */
    onWidth(then) {
      new ResizeObserver(([entry]) => {
        const now = Math.floor(entry.contentRect.width);
        if (now === width) return;
        width = now;
        if (!width) return;
        fitPaper(plot, width);
        then();
      }).observe(plot);
    },
  };
}

/**
 * A tensor has nothing inside: opening it would only hide the rest.
 * @param {Plot} plot
 * @param {Chart} spec
 */
function keepOutOfTensors(plot, spec) {
  const [map] = spec.figure.data;
  plot.on("plotly_treemapclick", ({ points: [tile] }) => map.type === "treemap" && map.parents.includes(tile.id));
}

/**
 * @param {"th" | "td"} tag
 * @param {string[]} contents
 * @param {boolean} ofToken whether the first is a token
 */
function line(tag, contents, ofToken = false) {
  const row = make("tr");
  const cells = contents.map((content) => cell(tag, content));
  if (ofToken) verbatim(cells[0]);
  row.append(...cells);
  return row;
}
