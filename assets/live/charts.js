// Draws the figures of charts.py: fills their open places from the store and hands them to Plotly.

import { NARROW, distribution, enlarge, fill, fit, reach, roundUp, summary, valueOf } from "./figures.js";
import { standing } from "./first.js";
import { glide } from "./glide.js";
import { pictures } from "./pictures.js";
import * as store from "./store.js";
import { larger, onPaper, restyled, themed } from "./theme.js";

let plotly = null;
/** Plotly, fetched once, when the first chart needs it. */
function load() {
  plotly ??= standing.then(() => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL("./plotly.min.js", import.meta.url);
    script.onload = () => done(window.Plotly);
    script.onerror = failed;
    document.head.append(script);
  }));
  return plotly;
}

const OPTIONS = { displayModeBar: false };

/** Draws whole figures into `plot`: the newest one, at the width there is, in the theme there is. */
export function figureIn(plot) {
  let current = null;
  let width = 0;
  let busy = false;
  let again = false;
  async function draw() {
    if (!current || !width) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    const Plotly = await load();
    const figure = themed(structuredClone(current));
    figure.layout.width = width;
    if (width < NARROW) {
      figure.layout.font.size = 12;
      for (const trace of figure.data) if (trace.type === "heatmap") trace.showscale = false;
    }
    enlarge(figure, larger());
    plot.style.height = `${figure.layout.height}px`;
    await Plotly.react(plot, figure.data, figure.layout, OPTIONS);
    plot.dataset.drawn = String(Number(plot.dataset.drawn ?? 0) + 1);
    busy = false;
    if (again) {
      again = false;
      draw();
    }
  }
  const redraw = () => (plot.isConnected || !plot.dataset.drawn ? draw() : restyled.delete(redraw));
  restyled.add(redraw);
  new ResizeObserver(([entry]) => {
    width = Math.floor(entry.contentRect.width);
    draw();
  }).observe(plot);
  return {
    show(figure) {
      current = figure;
      plot.style.height = `${figure.layout.height * larger()}px`;
      draw();
    },
    /** The figure that is shown, for pictures.js. */
    async picture() {
      const figure = structuredClone(current);
      figure.layout.width = width;
      return { Plotly: await load(), figure: onPaper(figure) };
    },
  };
}

export function chart(element, props, trigger, watch) {
  const root = element.querySelector(".chart");
  const kind = root.dataset.chart;
  const plot = root.querySelector(".plot");
  const caption = root.querySelector("figcaption");
  const table = root.querySelector("table");
  const spec = store.page.charts[kind];
  const makeRoom = () => { plot.style.height = `${spec.figure.layout.height * larger()}px`; };
  makeRoom();
  let newest = null;
  let current = null; // the newest figure until it is drawn; out of sight it waits
  let drawing = false;
  let width = 0;
  let inSight = false;

  async function draw() {
    if (drawing || !current || !inSight || !width) return;
    drawing = true;
    const Plotly = await load();
    const figure = current;
    current = null;
    fit(figure, spec, width, kind, larger());
    await Plotly.react(plot, themed(figure).data, figure.layout, OPTIONS);
    // A tensor has nothing inside: opening it would only hide the rest.
    if (kind === "treemap" && !plot.dataset.drawn) plot.on("plotly_treemapclick", ({ points: [tile] }) => spec.figure.data[0].parents.includes(tile.id));
    plot.dataset.drawn = String(Number(plot.dataset.drawn ?? 0) + 1);
    drawing = false;
    draw();
  }

  function show(figure) {
    current = newest = figure;
    draw();
  }
  function tell(sentence, rows) {
    if (caption.textContent !== sentence) caption.textContent = sentence;
    fillTable(table, rows);
  }

  let last = () => {};
  if (kind === "distribution") {
    caption.textContent = store.text("chart.distribution_empty");
    root.classList.add("empty");
    last = () => {
      if (!props.value) return;
      root.classList.remove("empty");
      const { figure, sentence, rows } = distribution(spec, props.value);
      show(figure);
      tell(sentence, rows);
    };
    watch("value", last);
  } else {
    let quantities = null;
    let shown = null; // on the way to `quantities`, or there; `most` is how far the axis goes
    let stop = () => {};
    const showAt = (seen) => {
      shown = seen;
      show({ ...fill(spec, seen), most: seen.most });
    };
    const whole = (q) => ({ ...q, most: spec.room ? reach(fill(spec, q), spec) : 0 });
    const tellAll = () => tell(summary(kind, quantities), spec.rows.map(([label, e]) => {
      const value = valueOf(e, quantities);
      return [label, store.count(value), store.percent(value / quantities.unique_total)];
    }));
    last = () => {
      if (!quantities) return;
      showAt(whole(quantities));
      tellAll();
    };
    store.subscribe((change) => {
      if (!change.quantities || change.quantities === quantities) return;
      const before = quantities;
      quantities = change.quantities;
      if (!before) return last();
      const next = whole(quantities);
      if (Object.keys(next).every((n) => shown[n] === next[n])) return; // heads change no count
      stop();
      // In a drag the axis stands still, so that bars grow that grow, until they need more room.
      const dragged = change.field !== null && !change.settled;
      if (dragged) showAt({ ...next, most: next.most > shown.most ? roundUp(next.most) : shown.most });
      else stop = glide(shown, next, showAt);
      tellAll();
    });
  }
  root.append(pictures({ name: kind, title: root.querySelector("h2").textContent }, async () => {
    last(); // makes it anew, without the page's colours
    const figure = structuredClone(newest);
    fit(figure, spec, width, kind);
    return { Plotly: await load(), figure: onPaper(figure) };
  }));
  restyled.add(() => {
    makeRoom();
    last();
  });
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    if (width) last();
  }).observe(plot);
  new IntersectionObserver(([entry]) => {
    inSight = entry.isIntersecting;
    draw();
  }, { rootMargin: "-40px" }).observe(plot); // a sliver at the edge is not worth a frame of a drag
}

function fillTable(table, rows) {
  if (!table.parentElement.open && table.rows.length) table.replaceChildren();
  if (!table.parentElement.open) {
    table.parentElement.ontoggle = () => table.parentElement.open && fillTable(table, rows);
    return;
  }
  const head = [store.text("chart.part"), store.text("chart.parameters"), store.text("chart.share")];
  const line = (tag, cells) => {
    const row = document.createElement("tr");
    for (const content of cells) {
      const cell = document.createElement(tag);
      cell.textContent = content;
      row.append(cell);
    }
    return row;
  };
  if (rows.head) head.splice(0, 3, ...rows.head);
  table.replaceChildren(line("th", head), ...rows.map((cells) => line("td", cells)));
}
