// Plotly, fetched once, when the first chart needs it, and what all charts ask of it.

import { standing } from "./first.js";
import { allInSight } from "./out_of_sight.js";

/** @import { Figure } from "./types" */

/** @type {Promise<Plotly> | null} */
let plotly = null;

async function fetchPlotly() {
  await standing;
  await allInSight();
  const script = document.createElement("script");
  script.src = new URL("./plotly.min.js", import.meta.url).href;
  await new Promise((through) => {
    script.onload = script.onerror = through;
    document.head.append(script);
  });
  if (!window.Plotly) throw new Error(`${script.src} did not load`);
  return window.Plotly;
}

/** Plotly itself. After a failure the next chart asks for it again. */
export function loadPlotly() {
  plotly ??= fetchPlotly().catch((/** @type {unknown} */ failure) => {
    plotly = null;
    throw failure;
  });
  return plotly;
}

/**
 * Draws `figure` in place of what `plot` shows, and counts the drawings in `data-drawn`.
 * @param {HTMLElement} plot
 * @param {Figure} figure
 */
export async function drawIn(plot, { data, layout }) {
  const Plotly = await loadPlotly();
  const drawn = await Plotly.react(plot, data, layout, { displayModeBar: false });
  plot.querySelector(".hoverlayer")?.replaceChildren(); // what it says is of the figure before
  plot.dataset.drawn = String(Number(plot.dataset.drawn ?? 0) + 1);
  return drawn;
}
