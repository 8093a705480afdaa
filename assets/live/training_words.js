// What is said of a run of training: its figures as of now, how far it is, and in the end what was learnt.

import { find } from "./dom.js";
import * as store from "./store.js";
import { nats } from "./training_figure.js";

/** @import { TrainEvent } from "./types" */

const NONE = "–";

/** @param {number} value */
const perplexity = (value) => (value < 100 ? store.decimal(value, 2) : store.count(Math.round(value)));

/**
 * Each reading as its number and what stands beside it; null: this run has none of it.
 * @param {TrainEvent} event
 * @returns {Record<string, [number: string, beside: string] | null>}
 */
function readings({
  validation_loss: loss, bits_per_byte: bits, floor_bits_per_byte: floor, perplexity: perplexed, accuracy,
  tokens_seen: tokens, tokens_per_second: speed,
}) {
  return {
    validation_loss: [loss === null ? NONE : nats(loss), store.text("train.nats")],
    bits_per_byte: [
      bits === null ? NONE : nats(bits), floor === null ? "" : store.text("train.of_floor", { floor: nats(floor) }),
    ],
    perplexity: [perplexed === null ? NONE : perplexity(perplexed), ""],
    accuracy: accuracy === null ? null : [store.percent(accuracy, 0), store.text("train.of_unseen")],
    tokens_seen: [store.flops(tokens), ""],
    tokens_per_second: [tokens ? store.count(Math.round(speed)) : NONE, ""],
  };
}

/**
 * @param {HTMLElement} list
 * @param {TrainEvent} event
 */
export function fillReadings(list, event) {
  for (const [name, said] of Object.entries(readings(event))) {
    const tile = find(list, `[data-reading=${name}]`);
    tile.hidden = said === null;
    [find(tile, "b").textContent, find(tile, "small").textContent] = said ?? ["", ""];
  }
}

/** @param {TrainEvent} event */
export const factsOf = (event) => store.text("train.facts", {
  batch: store.count(event.batch_size), block_size: store.count(event.config.block_size),
  rate: store.small(event.learning_rate), seconds: store.decimal(event.seconds, 1), device: event.device,
  dtype: event.dtype, seed: store.count(event.seed),
});

/** @param {TrainEvent} event */
export const howFar = ({ step, steps }) => (steps
  ? store.text("train.at_step", { step: store.count(step), steps: store.count(steps) })
  : store.text("train.finding_steps"));

/** What a run that is over has learnt, in a sentence or three. @param {TrainEvent} event */
export function lesson({ steps, validation, validation_loss: loss, floor, accuracy }) {
  const [first] = validation.values;
  if (loss === null || first === undefined) return "";
  const way = floor !== null && first > floor ? Math.min(1, Math.max(0, (first - loss) / (first - floor))) : null;
  return [
    store.text("train.learnt", { steps: store.count(steps), first: nats(first), loss: nats(loss) }),
    ...(accuracy === null ? [] : [store.text("train.learnt_accuracy", { accuracy: store.percent(accuracy, 0) })]),
    ...(way === null || accuracy !== null ? [] : [store.text("train.learnt_floor", { share: store.percent(way, 0) })]),
  ].join(" ");
}
