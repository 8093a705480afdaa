// How numbers are written: numbers.json holds the browser and Python to one rounding rule.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { numberFormats } from "../../assets/live/number_formats.js";

const FORMATS = { en: numberFormats("en"), vi: numberFormats("vi") };

/**
 * One line of the file. A whole number beyond what a JavaScript number holds stands there as text.
 * @typedef {{number: number | string, lang: "en" | "vi", text: string}
 *   & ({kind: "number" | "percent", decimals: number} | {kind: "bytes" | "flops", decimals: null})} Case
 */
/** @type {unknown} */
const file = JSON.parse(readFileSync(new URL("../fixtures/numbers.json", import.meta.url), "utf8"));
const CASES = /** @type {Case[]} */ (file);

/** @param {Case} one */
function written({ number, kind, decimals, lang }) {
  const formats = FORMATS[lang];
  const n = typeof number === "string" ? BigInt(number) : number;
  if (kind === "percent") return formats.percent(Number(n), decimals);
  return kind === "number" ? formats.decimal(n, decimals) : formats[kind](n);
}

test(`${CASES.length} numbers are written as in Python`, () => {
  assert.ok(CASES.length >= 200);
  for (const one of CASES) assert.equal(written(one), one.text, JSON.stringify(one));
});

test("numbers that may be tiny keep one figure, in the language's own writing", () => {
  const { en, vi } = FORMATS;
  assert.deepEqual([0, 1, 0.3, 0.001, 0.0005, 0.00015, 1e-6, 1.5e-7].map(en.small),
    ["0", "1", "0.3", "0.001", "0.0005", "0.0002", "0.000001", "2e-7"]);
  assert.equal(vi.small(0.00015), "0,0002");
});

test("a probability keeps three figures, and says so where it is next to nothing", () => {
  const { en } = FORMATS;
  assert.deepEqual([1, 0.5, 0.0625, 0.062_55, 0.000_012_345, 1e-7].map(en.share),
    ["100%", "50%", "6.25%", "6.26%", "0.00123%", "< 0.0001%"]);
});
