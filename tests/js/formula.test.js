// A formula says what was computed: read as arithmetic, its figures give the value of the cell.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fixture, openPage } from "./page.js";

/** @import { Parts, ShapeConfig } from "../../assets/live/types" */

const counts = /** @type {{ shape: ShapeConfig, sheets: Record<string, string> }[]} */ (fixture("counts"));
const { load } = openPage();
const [store, { numbersOf: shapeOf }] = [await load("store"), await load("shapes")];
const { formula, legend, numbersOf, valueOf } = await load("formula");

const { counters, memory, flops, devices } = store.page.sheets.sheets;
const CELLS = [
  ...[...counters.rows, ...memory.rows, ...flops.rows].flatMap(({ cells }) => [...cells]),
  ...Object.values(devices.needs).flatMap(({ inference, training, sequence }) => [inference, training, sequence]),
].filter((parts) => parts !== null);

const POWERS = { "²": 2n, "³": 3n, "⁴": 4n };

/** The value of what a formula says in figures: 2 × (3·1,024² − 5). @param {string} figures */
function arithmetic(figures) {
  const common = /^([\d,]+) × \(?([^)]*)\)?$/.exec(figures);
  const sum = (common?.[2] ?? figures).replaceAll("− ", "-").replaceAll("+ ", "").split(" ");
  const total = sum.reduce((value, term) => {
    const factors = term.replace("-", "").split("·").map((factor) => {
      const [, digits, power] = /^([\d,]+)([²³⁴]?)$/.exec(factor) ?? assert.fail(`${factor} in ${figures}`);
      return BigInt(digits.replaceAll(",", "")) ** (power in POWERS ? POWERS[/** @type {"²"} */ (power)] : 1n);
    });
    return value + factors.reduce((product, factor) => product * factor, term.startsWith("-") ? -1n : 1n);
  }, 0n);
  return total * BigInt(common?.[1].replaceAll(",", "") ?? 1);
}

test("every formula of every sheet, in figures, is the value of its cell", () => {
  assert.ok(CELLS.length >= 40);
  for (const { shape, sheets } of counts) {
    const numbers = numbersOf(shapeOf({ ...shape }));
    const values = Object.fromEntries(Object.entries(sheets).map(([name, n]) => [name, BigInt(n)]));
    for (const parts of CELLS) {
      const { figures } = formula(parts, numbers);
      assert.equal(arithmetic(figures), valueOf(parts, values), figures);
    }
  }
});

test("a formula is written as people write it", () => {
  const small = numbersOf(shapeOf({ ...counts[0].shape }));
  /** @type {Parts} */
  const blocks = [[1, "kaplan_flops"]];
  assert.equal(formula(blocks, small).symbols, "72·L·T·E²");
  assert.equal(formula([[4, "qkv_bias"]], small).symbols, "4 × 3·L·E");
  assert.equal(formula([[1, "right"], [-1, "right"]], small).symbols, "0");
  assert.equal(formula([[1, "kept_ids"]], small).figures, "2·1,024 + 1");
  assert.match(legend(small), /^L = 12 \(.*\) · H = 12 .* · V = 50,257 .* · T = 1,024 .* · E = 768 /);
});

test("what is switched off is not in a formula", () => {
  const bare = numbersOf(shapeOf({ ...counts[0].shape, bias: false }));
  assert.equal(formula([[1, "qkv_bias"]], bare).symbols, "0");
});
