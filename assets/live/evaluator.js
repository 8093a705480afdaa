// The browser's evaluator of the one table: sums of products of a shape's numbers. Python's is in
// counting/parameters.py.

/** @typedef {Readonly<Record<string, number>>} Numbers by a factor's name */
/** @typedef {readonly (readonly [coefficient: number, factors: readonly string[]])[]} Terms */

/**
 * Every quantity as a number: fast, for what is drawn in each frame of a drag. Beyond 2^53 it is rounded.
 * @param {Numbers} numbers
 * @param {Readonly<Record<string, Terms>>} polynomials
 * @returns {Record<string, number>}
 */
export function evaluate(numbers, polynomials) {
  /** @type {Record<string, number>} */
  const result = {};
  for (const [name, terms] of Object.entries(polynomials)) {
    let total = 0;
    for (const [coefficient, factors] of terms) {
      let product = coefficient;
      for (const factor of factors) product *= numbers[factor];
      total += product;
    }
    result[name] = total;
  }
  return result;
}

/**
 * Every quantity to the last digit, for what is shown as exact.
 * @param {Numbers} numbers whole ones
 * @param {Readonly<Record<string, Terms>>} polynomials
 * @returns {Record<string, bigint>}
 */
export function evaluateExactly(numbers, polynomials) {
  const exact = Object.fromEntries(Object.entries(numbers).map(([factor, n]) => [factor, BigInt(n)]));
  /** @type {(term: Terms[number]) => bigint} */
  const product = ([coefficient, factors]) => factors.reduce((n, factor) => n * exact[factor], BigInt(coefficient));
  return Object.fromEntries(Object.entries(polynomials).map(
    ([name, terms]) => [name, terms.reduce((total, term) => total + product(term), 0n)],
  ));
}
