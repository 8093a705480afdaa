// Softmax of the next token's logits at any temperature, from what labs/next_token.py keeps of them.

/** @import { NextTokenResult } from "./types" */

/**
 * Weight of all tokens, the likeliest one's being 1, and entropy in nats, of softmax(logits / t).
 * @param {NextTokenResult} next
 * @param {number} t above 0
 */
export function mixture(next, t) {
  let total = 0;
  let moment = 0;
  /** @type {(logit: number, tokens: number) => void} */
  const add = (logit, tokens) => {
    const weight = tokens * Math.exp(logit / t);
    total += weight;
    if (weight > 0) moment += (weight * logit) / t;
  };
  for (const [, logit] of next.top) add(logit, 1);
  for (const [logit, tokens] of next.bins) add(logit, tokens);
  return { total, entropy: Math.log(total) - moment / total };
}
