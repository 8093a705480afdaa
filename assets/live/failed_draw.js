// A chart that could not be drawn says so in its place, and is tried again when it is to be drawn next.

import { make } from "./dom.js";
import { text } from "./words.js";

/**
 * `work`, which draws in `plot`; where it fails, a sentence stands above the plot until it succeeds.
 * @param {HTMLElement} plot
 * @param {() => Promise<void>} work
 */
export function sayingFailure(plot, work) {
  const line = make("p", "", "failed");
  line.setAttribute("role", "alert");
  return async () => {
    try {
      await work();
      line.remove();
    } catch (failure) {
      line.textContent = text("chart.failed");
      plot.before(line);
      window.Plotly?.purge(plot); // half a chart cannot be drawn on
      delete plot.dataset.drawn;
      throw failure;
    }
  };
}
