// The temperature lab: entropy and the likeliest tokens at any temperature, from logits fetched once.

import { figureIn } from "./figure_in.js";
import { meaning, moveSlider } from "./controls.js";
import { find, make, verbatim } from "./dom.js";
import { mixture } from "./mixture.js";
import { pictures } from "./pictures.js";
import * as store from "./store.js";

/** @import { NextTokenResult } from "./types" */

const SHOWN = 12; // tokens
const CURVE = 120; // points
let show = () => {};
/** @type {NextTokenResult | null} */
let newest = null;

/** New logits: labs/next_token.py says what they hold. @param {NextTokenResult | null} next null: there are none */
export function showNext(next) {
  newest = next;
  show();
}

/** @type {Part<null>} */
export function temperature(element) {
  const root = find(element, ".temperature");
  const range = find(root, "input", HTMLInputElement), output = find(root, "output");
  const says = find(root, ".says"), list = find(root, ".likeliest"), plot = find(root, ".plot");
  const drawing = figureIn(plot);
  const { read, write } = meaning("temperature");
  plot.after(pictures({ name: "temperature", title: store.text("lab.temperature_title") }, drawing.picture));
  /** @type {{ x: number[], y: number[] } | null} */
  let curve = null;
  /** @type {NextTokenResult | null} */
  let curveOf = null;

  function draw() {
    const next = newest;
    root.hidden = !next;
    if (!next) return;
    const t = store.get("temperature");
    if (typeof t !== "number") return;
    if (curveOf !== next) {
      curveOf = next;
      const x = Array.from({ length: CURVE + 1 }, (_, i) => 10 ** (-2 + (4 * i) / CURVE));
      curve = { x, y: x.map((at) => mixture(next, at).entropy) };
    }
    const { total, entropy } = t > 0 ? mixture(next, t) : { total: 1, entropy: 0 };
    const most = Math.log(next.vocab_size);
    const figure = structuredClone(store.page.charts.temperature.figure);
    const [line, ceiling, point] = figure.data;
    Object.assign(line, curve);
    Object.assign(ceiling, { x: [0.01, 100], y: [most, most] });
    Object.assign(point, { x: [Math.max(t, 0.01)], y: [entropy] });
    drawing.show(figure);

    output.textContent = store.small(t);
    moveSlider(range, write(t), t);
    const effective = Math.round(Math.exp(entropy));
    const sentence = t === 0 ? "greedy_says" : effective === 1 ? "temperature_certain" : "temperature_says";
    says.textContent = store.text(`lab.${sentence}`, {
      temperature: store.small(t), entropy: store.decimal(entropy), maximum: store.decimal(most, 3),
      effective: store.count(effective), vocab: store.count(next.vocab_size),
    });
    const largest = t > 0 ? 1 / total : 1;
    list.replaceChildren(...next.top.slice(0, SHOWN).map(([label, logit], rank) => {
      const share = t > 0 ? Math.exp(logit / t) / total : Number(rank === 0);
      const item = make("li");
      const bar = make("i");
      bar.style.width = `${(100 * share) / largest}%`;
      item.append(verbatim(make("b", label)), make("span", store.share(share)), bar);
      return item;
    }));
  }
  range.addEventListener("input", () => store.set("temperature", read(range.value), { from: range }));
  range.addEventListener("change", () => store.set("temperature", read(range.value), { settled: true }));
  show = draw;
  store.subscribe(({ field }) => {
    if (field === "temperature" || field === null) draw();
  });
  draw();
}
