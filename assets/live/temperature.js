// The temperature lab: entropy and the likeliest tokens at any temperature, from logits fetched once.

import { figureIn } from "./charts.js";
import { meaning } from "./controls.js";
import { make } from "./dom.js";
import { pictures } from "./pictures.js";
import * as store from "./store.js";

const SHOWN = 12; // tokens
const CURVE = 120; // points
let show = () => {};
let newest = null;

/** New logits from the server: labs/logits.py says what they hold. */
export function showNext(next) {
  newest = next;
  show();
}

/** Weight of all tokens, and entropy in nats, of softmax(logits / t) for t > 0. */
export function mixture(next, t) {
  let total = 0;
  let moment = 0;
  const add = (logit, tokens) => {
    const weight = tokens * Math.exp(logit / t);
    total += weight;
    if (weight > 0) moment += (weight * logit) / t;
  };
  for (const [, logit] of next.top) add(logit, 1);
  for (const [logit, tokens] of next.bins) add(logit, tokens);
  return { total, entropy: Math.log(total) - moment / total };
}

export function temperature(element) {
  const root = element.querySelector(".temperature");
  const [range, output] = [root.querySelector("input"), root.querySelector("output")];
  const [says, list] = [root.querySelector(".says"), root.querySelector(".likeliest")];
  const drawing = figureIn(root.querySelector(".plot"));
  const { read, write } = meaning("temperature");
  root.querySelector(".plot").after(pictures({ name: "temperature", title: store.text("lab.temperature_title") }, drawing.picture));
  let curve = null;
  let curveOf = null;

  function draw() {
    root.hidden = !newest;
    if (!newest) return;
    const t = store.get("temperature");
    if (typeof t !== "number" || !store.valid("temperature")) return;
    if (curveOf !== newest) {
      curveOf = newest;
      const x = Array.from({ length: CURVE + 1 }, (_, i) => 10 ** (-2 + (4 * i) / CURVE));
      curve = { x, y: x.map((at) => mixture(newest, at).entropy) };
    }
    const { total, entropy } = t > 0 ? mixture(newest, t) : { total: 1, entropy: 0 };
    const most = Math.log(newest.vocab_size);
    const figure = structuredClone(store.page.charts.temperature.figure);
    const [line, ceiling, point] = figure.data;
    Object.assign(line, curve);
    Object.assign(ceiling, { x: [0.01, 100], y: [most, most] });
    Object.assign(point, { x: [Math.max(t, 0.01)], y: [entropy] });
    drawing.show(figure);

    output.textContent = store.small(t);
    range.value = write(t);
    range.setAttribute("aria-valuetext", store.small(t));
    range.style.setProperty("--filled", `${(100 * (range.value - range.min)) / (range.max - range.min)}%`);
    const effective = Math.round(Math.exp(entropy));
    const sentence = t === 0 ? "greedy_says" : effective === 1 ? "temperature_certain" : "temperature_says";
    says.textContent = store.text(`lab.${sentence}`, {
      temperature: store.small(t), entropy: store.decimal(entropy), maximum: store.decimal(most, 3),
      effective: store.count(effective), vocab: store.count(newest.vocab_size),
    });
    const largest = t > 0 ? 1 / total : 1;
    list.replaceChildren(...newest.top.slice(0, SHOWN).map(([label, logit], rank) => {
      const share = t > 0 ? Math.exp(logit / t) / total : Number(rank === 0);
      const item = make("li");
      const bar = make("i");
      bar.style.width = `${(100 * share) / largest}%`;
      item.append(make("b", label), make("span", store.share(share)), bar);
      return item;
    }));
  }
  range.addEventListener("input", () => store.set("temperature", read(range.value), { from: range }));
  range.addEventListener("change", () => store.set("temperature", read(range.value), { settled: true }));
  show = draw;
  store.subscribe((change) => (change.field === "temperature" || change.field === null) && draw());
  draw();
}
