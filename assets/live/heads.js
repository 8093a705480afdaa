// Heads split the width evenly, or there is no such model.

/**
 * The head counts that divide `width`, next to `wanted`: [wanted] if it does, else those below and above.
 * @param {number} wanted
 * @param {number} width
 * @param {number} most
 * @returns {number[]}
 */
export function headsNear(wanted, width, most) {
  if (width % wanted === 0) return [wanted];
  const divisors = [];
  for (let n = 1; n <= Math.min(width, most); n += 1) if (width % n === 0) divisors.push(n);
  return [divisors.findLast((n) => n < wanted), divisors.find((n) => n > wanted)].filter((n) => n !== undefined);
}

/**
 * The widths that `heads` divide, next to `wanted`: [wanted] if it is one, else those below and above.
 * @param {number} wanted
 * @param {number} heads
 * @param {{minimum: number, maximum: number}} limit of the width
 * @returns {number[]}
 */
export function widthsNear(wanted, heads, { minimum, maximum }) {
  const below = heads * Math.floor(wanted / heads);
  if (below === wanted) return [wanted];
  return [below, below + heads].filter((width) => width >= minimum && width <= maximum);
}

/**
 * The one of `choices` that is nearest to `wanted`; of two that are as near, the smaller.
 * @param {number} wanted
 * @param {number[]} choices not empty, ascending
 */
export const nearest = (wanted, choices) =>
  choices.reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a));
