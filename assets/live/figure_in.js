// Whole figures, as labs have them: nothing in them follows the sliders.

import { sayingFailure } from "./failed_draw.js";
import { NARROW, enlarge } from "./figure_fit.js";
import { oneAtATime } from "./one_at_a_time.js";
import { drawIn, loadPlotly } from "./plotly.js";
import { fitPaper } from "./paper.js";
import { larger, onPaper, onRestyled, themed } from "./theme.js";

/** @import { Figure } from "./types" */

/**
 * Draws figures into `plot`: the newest one, at the width there is, in the theme there is.
 * @param {HTMLElement} plot
 */
export function figureIn(plot) {
  /** @type {Figure | null} */
  let current = null;
  let width = 0;
  const draw = oneAtATime(sayingFailure(plot, async () => {
    if (!current || !width) return;
    await loadPlotly();
    const figure = themed(structuredClone(current));
    const { data, layout } = figure;
    layout.width = width;
    if (width < NARROW) {
      layout.font.size = 12;
      for (const trace of data) if (trace.type === "heatmap") trace.showscale = false;
    }
    enlarge(figure, larger());
    plot.style.height = `${layout.height}px`;
    await drawIn(plot, figure);
  }));
  const forget = onRestyled(draw);
  const observer = new ResizeObserver(([entry]) => {
    width = Math.floor(entry.contentRect.width);
    if (width) fitPaper(plot, width);
    draw();
  });
  observer.observe(plot);
  return {
    /** @param {Figure} figure */
    show(figure) {
      current = figure;
      plot.style.height = `${figure.layout.height * larger()}px`;
      draw();
    },
    /** The figure that is shown, for pictures.js. */
    picture: async () => {
      if (!current) throw new Error("no figure is shown");
      const figure = structuredClone(current);
      figure.layout.width = width;
      return { Plotly: await loadPlotly(), figure: onPaper(figure) };
    },
    /** To be called when `plot` leaves the page. */
    end() {
      forget();
      observer.disconnect();
      current = null;
    },
  };
}
