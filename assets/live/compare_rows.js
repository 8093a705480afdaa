// The rows of the comparison: what A and B come to, and by how much they differ.

import { dataOf, find, findAll, make } from "./dom.js";
import { DEVICES, deviceName, needsOfShape } from "./needs.js";
import * as store from "./store.js";

/** @import { Numbers } from "./store.js" */

/**
 * @param {ReturnType<typeof rowOf>[]} rows
 * @param {Numbers} a
 * @param {Numbers} b
 * @param {Numbers} ofA quantities
 * @param {Numbers} ofB
 */
export function fillAll(rows, a, b, ofA, ofB) {
  const [needsA, needsB] = [a, b].map((shape) => needsOfShape({ ...shape, dtype_bytes: b.dtype_bytes }).training);
  for (const row of rows) {
    if (row.name === "trains_on") sayDevices(row, needsA, needsB);
    else if (row.name === "training_bytes") fill(row, needsA, needsB);
    else fill(row, ofA[row.name], ofB[row.name]);
  }
}

/**
 * @param {ReturnType<typeof rowOf>} row
 * @param {number} needsA bytes
 * @param {number} needsB bytes
 */
function sayDevices(row, needsA, needsB) {
  for (const { cell, need } of [{ cell: row.a, need: needsA }, { cell: row.b, need: needsB }]) {
    const fits = DEVICES.find(({ room }) => need <= room);
    cell.textContent = fits ? deviceName(fits.name) : store.text("compare.nowhere");
  }
}

/** What a row of the table is filled through. @param {HTMLElement} row */
export function rowOf(row) {
  const name = dataOf(row, "row");
  const component = store.page.components.find((each) => name === `component.${each}`);
  row.style.setProperty("--tint", store.page.colors[component ?? "total"]);
  if (component) row.dataset.component = component;
  /** @param {string} kind */
  const cell = (kind) => find(row, `[data-cell=${kind}]`);
  return {
    name, a: cell("a"), b: cell("b"), difference: cell("difference"),
    write: name === "training_bytes" ? store.bytes : store.writing(name),
    bars: findAll(row, "i", HTMLElement),
  };
}

/**
 * @param {ReturnType<typeof rowOf>} row
 * @param {number} a
 * @param {number} b
 */
function fill(row, a, b) {
  const { write } = row;
  row.a.textContent = write(a);
  row.b.textContent = write(b);
  const sign = b > a ? "+" : b < a ? "−" : "";
  row.difference.replaceChildren(
    `${sign}${write(Math.abs(b - a))}`, " ", make("small", a ? `× ${factor(b / a)}` : ""),
  );
  const most = Math.max(a, b);
  for (const [i, n] of [a, b].entries()) row.bars[i].style.width = `${most ? (100 * n) / most : 0}%`;
}

/** Three significant figures, as many as tell a small change of a large model. @param {number} n */
export const factor = (n) => (
  n ? store.decimal(n, Math.min(9, Math.max(0, 2 - Math.floor(Math.log10(n))))) : store.count(0)
);
