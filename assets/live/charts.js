// The charts of charts/parameters.py: filled from the store, or from the server's newest step, and drawn while they
// are in sight.

import { panelOf } from "./chart_panel.js";
import { dataOf, find } from "./dom.js";
import { exampleIn } from "./example.js";
import { distribution, summary } from "./figure_words.js";
import { fill, marksOf, reach, roundUp, valueOf } from "./figures.js";
import { glide } from "./glide.js";
import { pictures } from "./pictures.js";
import { pinnedShape } from "./pinned.js";
import { loadPlotly } from "./plotly.js";
import * as store from "./store.js";
import { onPaper, onRestyled } from "./theme.js";

/** @import { Panel } from "./chart_panel.js" */
/** @import { Rows } from "./figure_words.js" */
/** @import { Numbers } from "./store.js" */
/** @import { Chart, Charts, Distribution, PartValues, Shape } from "./types" */

/** @param {string} name @returns {name is keyof Charts} */
const isKind = (name) => Object.hasOwn(store.page.charts, name);

/** @type {Part<PartValues["chart"]>} */
export function chart(element, props, _trigger, watch) {
  const root = find(element, ".chart");
  const kind = dataOf(root, "chart");
  if (!isKind(kind)) throw new Error(`no chart is called ${kind}`);
  const spec = store.page.charts[kind];
  const panel = panelOf(root, kind, spec);
  const redraw = kind === "distribution" ? followServer(panel, spec, props, watch) : followStore(panel, spec, kind);

  root.append(pictures({ name: kind, title: find(root, "h2").textContent }, async () => {
    redraw(); // makes it anew, without the page's colours
    return { Plotly: await loadPlotly(), figure: onPaper(panel.copy()) };
  }));
  onRestyled(() => {
    panel.makeRoom();
    redraw();
  });
  panel.onWidth(redraw);
}

/**
 * Shows the distribution of the server's newest step, and an example before there is one; returns what shows it again.
 * @param {Panel} panel
 * @param {Chart} spec
 * @param {Props<PartValues["chart"]>} props
 * @param {Watch} watch
 */
function followServer(panel, spec, props, watch) {
  /** @type {Distribution | null} */
  let example = null;
  const empty = () => {
    panel.tell(store.text("chart.distribution_empty"), { lines: [] });
    panel.root.classList.add("empty");
  };
  const last = () => {
    const value = props.value || example; // Gradio's own empty value is a text
    if (!value) return;
    panel.root.classList.remove("empty");
    const { figure, sentence, rows } = distribution(spec, value);
    panel.show(figure);
    panel.tell(sentence, rows);
  };
  empty();
  watch("value", last);
  exampleIn(panel.root, "generate", (found, line) => {
    example = found.distribution ?? null;
    find(panel.root, "h2").after(line);
    last();
  }, () => {
    example = null;
    empty();
  });
  return last;
}

/**
 * A chart's counts as a table, beside A's where a shape is pinned.
 * @param {Chart} spec
 * @param {Numbers} q
 * @param {Numbers | null} ofA
 * @returns {Rows}
 */
function rowsOf(spec, q, ofA) {
  const lines = spec.rows.map(([label, expression]) => {
    const value = valueOf(expression, q);
    const beside = ofA ? [store.count(valueOf(expression, ofA))] : [];
    return [label, store.count(value), store.percent(value / q.unique_total), ...beside];
  });
  if (!ofA) return { lines };
  return { lines, head: ["part", "parameters", "share", "parameters_of_a"].map((key) => store.text(`chart.${key}`)) };
}

/**
 * Shows the counts of the shape in the controls; returns what shows them again.
 * @param {Panel} panel
 * @param {Chart} spec
 * @param {keyof Charts} kind
 */
function followStore(panel, spec, kind) {
  /** @type {Numbers | null} */
  let quantities = null;
  /** @type {Numbers | null} A's */
  let ofA = null;
  /** @type {{ marks: Shape[], most: number }} */
  const nothing = { marks: [], most: 0 };
  let beside = nothing; // what A adds to the figure: the same in all frames of a drag
  /** @type {Numbers} on the way to `quantities`, or there; `most` is how far the axis goes */
  let shown = {};
  let stop = () => {};
  /** @param {Numbers} seen */
  const showAt = (seen) => {
    shown = seen;
    const { data, layout } = fill(spec, seen);
    panel.show({ data, layout: { ...layout, shapes: structuredClone(beside.marks) }, most: seen.most });
  };
  const reachOf = (/** @type {Numbers} */ q) => reach(fill(spec, q), spec);
  /** @param {Numbers} q @returns {Numbers} */
  const whole = (q) => ({ ...q, most: Math.max(reachOf(q), beside.most) });
  /** @param {Numbers} q */
  const tell = (q) => {
    const marks = beside.marks.length ? [store.text("chart.marks_a")] : [];
    panel.tell([summary(kind, q), ...marks].join(" "), rowsOf(spec, q, ofA));
  };
  const last = () => {
    if (!quantities) return;
    showAt(whole(quantities));
    tell(quantities);
  };
  store.subscribe((change) => {
    const pinned = pinnedShape(change.numbers.dtype_bytes)?.ofA ?? null;
    if (change.quantities === quantities && pinned === ofA) return;
    const begins = quantities === null || pinned !== ofA;
    [quantities, ofA] = [change.quantities, pinned];
    if (begins) {
      beside = ofA ? { marks: marksOf(spec, ofA), most: reachOf(ofA) } : nothing;
      stop();
      return last();
    }
    const next = whole(quantities);
    if (Object.keys(next).every((name) => shown[name] === next[name])) return; // heads change no count
    stop();
    // In a drag the axis stands still, so that bars grow that grow, until they need more room.
    const dragged = change.field !== null && !change.settled;
    if (dragged) showAt({ ...next, most: next.most > shown.most ? roundUp(next.most) : shown.most });
    else stop = glide(shown, next, showAt);
    tell(quantities);
  });
  return last;
}
