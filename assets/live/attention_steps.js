// One token's attention, step by step, from what labs/forward_pass.py sends of a head.

/** @import { HeadProducts } from "./types" */

/**
 * What becomes of q · k of the token `row` with each token.
 * @param {HeadProducts} head
 * @param {number} head_dim
 * @param {number} row
 * @returns {{ products: number[], scaled: number[], masked: number[], weights: number[], mixed: number[] }} `masked`
 *   is -Infinity where the mask hides a token; `mixed` the sum of all values by their weights
 */
export function attentionOf({ products, values }, head_dim, row) {
  const scaled = products[row].map((product) => product / Math.sqrt(head_dim));
  const masked = scaled.map((score, column) => (column > row ? -Infinity : score));
  const most = Math.max(...masked);
  const powers = masked.map((score) => Math.exp(score - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const weights = powers.map((power) => power / total);
  const mixed = values[0].map((_, n) => weights.reduce((sum, weight, column) => sum + weight * values[column][n], 0));
  return { products: products[row], scaled, masked, weights, mixed };
}

/** Where the largest of `numbers` stands. @param {number[]} numbers */
export const largest = (numbers) => numbers.indexOf(Math.max(...numbers));
