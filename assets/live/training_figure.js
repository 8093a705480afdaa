// What a run of training has told, as a figure, in words and as a table. It knows no element of the page.

import { roundUp } from "./figures.js";
import * as store from "./store.js";

/** @import { Rows } from "./figure_words.js" */
/** @import { Chart, Figure, Lines, TrainEvent } from "./types" */
/** @typedef {"tokens" | "seconds"} Along what the curve is drawn over */

const ABOVE = 1.06; // of the highest point is where the axis ends
const LONGER = 1.6; // times as long as the curve will be, an axis is made anew

/**
 * How far the curve of a run will reach to the right.
 * @param {TrainEvent} event
 * @param {Along} along
 */
function wholeOf({ done, step, steps, tokens_seen: tokens, seconds, training, validation }, along) {
  const drawn = [training, validation].flatMap((series) => series[along].slice(-1));
  const now = Math.max(along === "tokens" ? tokens : seconds, ...drawn);
  if (done) return now;
  return step && steps ? Math.max(now, (now / step) * steps) : 1.5 * now;
}

/**
 * How far the axis goes: once it stands, it moves seldom, though what it goes by is an estimate.
 * @param {TrainEvent} event
 * @param {Along} along
 * @param {number} before where it went; 0: nowhere yet
 */
export function reachOf(event, along, before) {
  const whole = wholeOf(event, along) || 1;
  if (event.done || (along === "tokens" && event.step && event.steps)) return whole;
  return before >= whole && before <= LONGER * whole ? before : roundUp(whole);
}

/** @param {TrainEvent} event */
const highest = ({ start_loss: start, training, validation }) =>
  ABOVE * Math.max(start, ...training.values, ...validation.values);

/**
 * @param {Chart} spec of charts/training.py
 * @param {TrainEvent} event
 * @param {Along} along
 * @param {number} reach
 * @returns {Figure}
 */
export function figureOf({ figure }, event, along, reach) {
  const { data, layout } = structuredClone(figure);
  const [training, validation, start, floor] = /** @type {Lines[]} */ (data);
  for (const [trace, series] of /** @type {const} */ ([[training, event.training], [validation, event.validation]])) {
    Object.assign(trace, { x: series[along], y: series.values });
  }
  Object.assign(start, { x: [0, reach], y: [event.start_loss, event.start_loss] });
  if (event.floor !== null) Object.assign(floor, { x: [0, reach], y: [event.floor, event.floor] });
  const lines = event.floor === null ? [training, validation, start] : [training, validation, start, floor];
  const title = { text: store.text(`chart.along_${along}`) };
  const ticks = event.step && event.steps ? {} : { tickvals: [] }; // how far it goes nobody knows yet
  return { data: lines, layout: {
    ...layout, xaxis: { ...layout.xaxis, ...ticks, title, range: [0, reach] },
    yaxis: { ...layout.yaxis, range: [0, highest(event)] },
  } };
}

/** @param {number} loss */
export const nats = (loss) => store.decimal(loss, 3);

/** @param {TrainEvent} event */
export function sentenceOf({ validation, validation_loss: loss, tokens_seen: tokens, start_loss: start, floor }) {
  if (loss === null) return store.text("chart.training_wait");
  const first = nats(validation.values[0] ?? loss);
  return [
    store.text("chart.training_summary", { tokens: store.count(tokens), loss: nats(loss), first }),
    store.text("chart.training_start", { start: nats(start) }),
    ...(floor === null ? [] : [store.text("chart.training_floor", { floor: nats(floor) })]),
  ].join(" ");
}

/** @param {TrainEvent} event @returns {Rows} */
export function rowsOf({ training, validation }) {
  /** @param {number} step */
  const trainedAt = (step) => training.values[training.steps.findLastIndex((each) => each <= step)];
  return {
    head: ["training_step", "along_tokens", "along_seconds", "training_loss", "validation_loss"]
      .map((name) => store.text(`chart.${name}`)),
    lines: validation.steps.map((step, i) => {
      const trained = trainedAt(step);
      return [
        store.count(step), store.count(validation.tokens[i]), store.decimal(validation.seconds[i], 1),
        trained === undefined ? "" : nats(trained), nats(validation.values[i]),
      ];
    }),
  };
}
