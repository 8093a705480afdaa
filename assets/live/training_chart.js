// The curve of a run of training, which grows while the run goes on.

import { panelOf } from "./chart_panel.js";
import { find, findAll } from "./dom.js";
import { pictures } from "./pictures.js";
import { loadPlotly } from "./plotly.js";
import * as store from "./store.js";
import { onPaper, onRestyled } from "./theme.js";
import { figureOf, reachOf, rowsOf, sentenceOf } from "./training_figure.js";

/** @import { Along } from "./training_figure.js" */
/** @import { TrainEvent } from "./types" */

const PAUSE_MS = 300; // from one drawing to the next

/** @param {HTMLElement} root */
export function curveIn(root) {
  const spec = store.page.charts.training, chart = find(root, ".chart");
  const panel = panelOf(chart, "training", spec);
  const boxes = findAll(root, "input[name=along]", HTMLInputElement);
  /** @type {Along} */
  let along = "tokens";
  /** @type {TrainEvent | null} */
  let newest = null;
  let reach = 0, drawnAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  let row = chart.appendChild(picturesOf(null));

  /** @param {TrainEvent | null} event */
  function picturesOf(event) {
    const title = find(chart, "h2").textContent;
    return pictures({ name: "training", title, shape: event?.config ?? null }, async () => {
      draw(); // makes it anew, without the page's colours
      return { Plotly: await loadPlotly(), figure: onPaper(panel.copy()) };
    });
  }

  function draw() {
    clearTimeout(waiting);
    waiting = undefined;
    if (!newest) return;
    drawnAt = performance.now();
    reach = reachOf(newest, along, reach);
    panel.show(figureOf(spec, newest, along, reach));
    panel.tell(sentenceOf(newest), rowsOf(newest));
  }

  for (const box of boxes) {
    box.checked = box.value === along;
    box.addEventListener("change", () => {
      along = box.value === "seconds" ? "seconds" : "tokens";
      reach = 0;
      draw();
    });
  }
  onRestyled(() => {
    panel.makeRoom();
    draw();
  });
  panel.onWidth(draw);

  return {
    /** A run begins. */
    anew() {
      reach = 0;
      newest = null;
    },
    /** @param {TrainEvent} event */
    show(event) {
      if (!newest) {
        const anew = picturesOf(event);
        row.replaceWith(anew);
        row = anew;
      }
      newest = event;
      if (event.done) draw();
      else waiting ??= setTimeout(draw, Math.max(0, drawnAt + PAUSE_MS - performance.now()));
    },
  };
}
