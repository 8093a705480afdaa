// Which weights a model can have: random ones, or those that a run of training has left. It knows no element of the
// page.

import * as store from "./store.js";

/** @import { ShapeConfig, TrainEvent } from "./types" */
/** @typedef {Record<string, store.Value | undefined>} Model */
/**
 * @typedef {object} Learnt
 * @property {string} name
 * @property {string} kind of what it was learnt from
 * @property {string | null} source the text's name where it was learnt from a visitor's own; null: unknown
 * @property {number | null} steps
 * @property {Model} model
 */

export const RANDOM = "random";
export const OPENAI = "openai";
/** A text that a visitor pastes; one that the server keeps is called text-0123…. */
export const OWN = "text";
/** The kind of a source. @param {string} source */
export const kindOf = (source) => (source.startsWith(OWN) ? OWN : source);
/** Weights of a run that was stopped are called after the run and the step. */
const NAME = /^(?<run>(?<kind>.+)-[0-9a-f]{16})(?:\.(?<step>\d+))?$/;
const MODEL = [...store.page.shape_fields, "seed"];

/** Whether OpenAI has released weights for the model in the controls, and the server offers them. */
export const released = () => store.page.released.some((name) => {
  const preset = store.page.presets[name];
  return store.page.shape_fields.every((field) => preset[field] === store.get(field));
});

/** @returns {Model} */
const modelNow = () => Object.fromEntries(MODEL.map((field) => [field, store.get(field)]));
/** Whether the model in the controls is this one. @param {Model} model */
export const isNow = (model) => MODEL.every((field) => model[field] === store.get(field));
/** @param {{ config: ShapeConfig, seed: number }} event @returns {Model} */
export const modelOf = ({ config, seed }) => ({ ...config, seed });

/** @type {Map<string, Learnt>} the newest of each run, by the run's name */
const runs = new Map();
/** @type {Learnt | null} what was chosen until the model was changed */
let letGo = null;
/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {Set<() => void>} */
const mourners = new Set();

/** @param {string} name */
function parse(name) {
  const { run = name, kind = "", step } = NAME.exec(name)?.groups ?? {};
  return { run, kind, steps: step === undefined ? null : Number(step) };
}

/** Calls `listener()` at once, and when there are other weights to choose from. @param {() => void} listener */
export function onLearnt(listener) {
  listeners.add(listener);
  listener();
}
const tell = () => listeners.forEach((listener) => listener());

/** A run has told what is kept of it. @param {TrainEvent} event */
export function learn(event) {
  const name = event.weights && (event.done ? event.run : event.weights); // large ones are not kept
  if (!name || runs.get(event.run)?.name === name) return;
  const { kind, steps } = parse(name);
  runs.set(event.run, { name, kind, source: event.source, steps: steps ?? event.steps, model: modelOf(event) });
  tell();
}

/** A visitor's own text is gone, and what was learnt from it. @param {string} source the text's name */
export function unlearn(source) {
  for (const [run, learnt] of [...runs]) {
    if (learnt.source !== source && !(learnt.kind === OWN && learnt.source === null)) continue;
    runs.delete(run);
    if (store.get("weights") === learnt.name) store.set("weights", RANDOM, { settled: true });
  }
  mourners.forEach((listener) => listener());
  tell();
}
/** Calls `listener()` when a visitor's own text is gone. @param {() => void} listener */
export const onUnlearnt = (listener) => mourners.add(listener);

/** The weights that a run has left for the model in the controls, the newest last. */
export const choices = () => [...runs.values()].filter(({ model }) => isNow(model));
/** The name of those that are meant where some are: the chosen ones, or the newest; null if there are none. */
export function learntNow() {
  const chosen = String(store.get("weights")), all = choices();
  return all.some(({ name }) => name === chosen) ? chosen : all.at(-1)?.name ?? null;
}
/** What was let go because the model is another one now; null if nothing was, or if it is back. */
export const letGoNow = () => (letGo && !isNow(letGo.model) && store.get("weights") === RANDOM ? letGo : null);

/** Of weights that a link or somebody else names nothing is known but that they are this model's. */
function meet() {
  const name = String(store.get("weights"));
  const { run, kind, steps } = parse(name);
  if (!kind || [...runs.values()].some((known) => known.name === name)) return;
  const said = Number(store.get("steps")) || null;
  runs.set(run, { name, kind, source: null, steps: steps ?? said, model: modelNow() });
}

/** @type {Model} the newest that had OpenAI's weights */
let ofOpenAI = modelNow();

store.subscribe(() => {
  if (store.get("weights") === OPENAI) {
    if (released()) ofOpenAI = modelNow();
    else {
      letGo = { name: OPENAI, kind: OPENAI, source: null, steps: null, model: ofOpenAI };
      store.set("weights", RANDOM, { settled: true });
    }
  }
  const chosen = [...runs.values()].find(({ name }) => name === store.get("weights"));
  if (chosen && !isNow(chosen.model)) {
    letGo = chosen;
    store.set("weights", RANDOM, { settled: true });
  } else meet();
  tell();
});
