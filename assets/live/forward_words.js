// What is said of a stage of a forward pass, with the numbers that were measured.

import { largest } from "./attention_steps.js";
import * as store from "./store.js";

/** @import { Stage } from "./forward_timeline.js" */
/** @import { ForwardResult } from "./types" */

/** A measured number: three significant figures, at most four decimals. @param {number} n */
export function measured(n) {
  const digits = n === 0 ? 0 : Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(n)))));
  return store.decimal(n, digits);
}

/**
 * What a row of `lengths` was measured after.
 * @param {number} row
 * @param {number} rows
 */
export function nameOfRow(row, rows) {
  const kind = row === 0 ? "embed" : row === rows - 1 ? "ln_f" : row % 2 ? "attention" : "mlp";
  return store.text(`forward.stage.${kind}`, { block: store.count(Math.ceil(row / 2)) });
}

/**
 * The name of a stage, with the pass that it belongs to.
 * @param {Stage} stage
 * @param {ForwardResult} data
 */
export function nameOfStage({ kind, block, pass }, { passes }) {
  const name = store.text(`forward.stage.${kind}`, { block: store.count(block) });
  return store.text("forward.now", { pass: store.count(pass + 1), passes: store.count(passes.length), stage: name });
}

/**
 * One or two sentences on a stage, about the token `token`.
 * @param {Stage} stage
 * @param {ForwardResult} data
 * @param {number} token
 * @param {{ heads: number, vocab: number }} model
 */
export function saysOf({ kind, block, row, pass, before }, data, token, { heads, vocab }) {
  const fill = { token: data.tokens[token], length: measured(data.lengths[row][token]), vocab: store.count(vocab) };
  switch (kind) {
    case "attention": {
      const weights = data.attention[block - 1][token], to = largest(weights);
      return store.text("forward.says.attention", {
        ...fill, read: data.tokens[to], weight: measured(weights[to]), heads: store.count(heads),
      });
    }
    case "choose": {
      const { candidates, chosen, rank } = data.passes[pass];
      const { token: found, probability } = candidates[chosen];
      const last = pass === data.passes.length - 1 ? "chosen_last" : "chosen";
      return store.text(`forward.says.${last}`, {
        ...fill, found, probability: store.share(probability), rank: store.count(rank),
      });
    }
    case "embed": {
      const said = store.text("forward.says.embed", fill);
      return before ? `${store.text("forward.says.kept", { before: store.count(before) })} ${said}` : said;
    }
    default: return store.text(`forward.says.${kind}`, fill);
  }
}

/** What went in, where that is not the whole prompt. @param {ForwardResult} data */
export function saysOfPrompt({ n_prompt, n_given }) {
  if (n_given === n_prompt) return "";
  if (!n_given) return store.text("forward.sample");
  return store.text("forward.cut", { shown: store.count(n_prompt), tokens: store.count(n_given) });
}
