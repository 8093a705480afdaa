// A forward pass in time: the stages it goes through, pass after pass, and what has been computed at each.

/** @typedef {"embed" | "attention" | "mlp" | "ln_f" | "logits" | "choose"} StageKind */
/**
 * A moment of the play.
 * @typedef {object} Stage
 * @property {StageKind} kind
 * @property {number} pass from 0; the first takes the prompt in, each other the token before it
 * @property {number} block from 1; 0 outside of the blocks
 * @property {number} row the last row of `lengths` that this pass has computed
 * @property {number} tokens how many have gone in
 * @property {number} before how many of them in earlier passes: their keys and values are kept
 */

const WHOLE_PASS = 8000; // milliseconds, for the first one
const [LEAST, MOST] = [90, 700]; // milliseconds for a stage
const LATER = 0.5; // of that in later passes, which bring nothing new but one column
const TO_READ = 1600; // milliseconds for what could come next, and for what was chosen

/**
 * All stages of a play. Of `lengths` in the data, row 0 is the embedding, rows 2b - 1 and 2b are block b's, and the
 * last one is ln_f.
 * @param {number} n_layer
 * @param {number} n_prompt
 * @param {number} n_passes
 * @returns {Stage[]}
 */
export function stagesOf(n_layer, n_prompt, n_passes) {
  const last = 2 * n_layer + 1;
  return Array.from({ length: n_passes }, (_, pass) => {
    const tokens = n_prompt + pass, before = pass ? tokens - 1 : 0;
    /** @type {(kind: StageKind, row: number, block?: number) => Stage} */
    const stage = (kind, row, block = 0) => ({ kind, pass, block, row, tokens, before });
    const blocks = Array.from({ length: n_layer }, (_, i) => [
      stage("attention", 2 * i + 1, i + 1), stage("mlp", 2 * i + 2, i + 1),
    ]);
    return [stage("embed", 0), ...blocks.flat(), stage("ln_f", last), stage("logits", last), stage("choose", last)];
  }).flat();
}

/**
 * How many tokens of a row of `lengths` are computed at a stage.
 * @param {Stage} stage
 * @param {number} row
 */
export const computed = (stage, row) => (row <= stage.row ? stage.tokens : stage.before);

/** How many tokens the text has at a stage. @param {Stage} stage */
export const textLength = (stage) => stage.tokens + Number(stage.kind === "choose");

/**
 * Milliseconds that a stage stands.
 * @param {Stage} stage
 * @param {number} n_layer
 */
export function duration({ kind, pass }, n_layer) {
  if (kind === "logits" || kind === "choose") return TO_READ;
  const each = Math.min(MOST, Math.max(LEAST, WHOLE_PASS / (2 * n_layer + 2)));
  return pass ? Math.max(LEAST, LATER * each) : each;
}
