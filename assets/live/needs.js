// What a shape has to find room for on a device, and on which it finds it.

import { numbersOf, valueOf } from "./formula.js";
import * as store from "./store.js";

/** @import { Exact } from "./formula.js" */
/** @import { Numbers } from "./store.js" */

const GB = 1e9;
const { devices, needs } = store.page.sheets.sheets.devices;

/** Devices, the smallest first, and their memory in bytes. */
export const DEVICES = Object.entries(devices).map(([name, size]) => ({ name, room: size * GB }));

/** A device as people call it. @param {string} name */
export const deviceName = (name) => store.text(`sheet.devices.${name}`) || name;

/**
 * Bytes that a shape needs in the chosen number format, for one sequence.
 * @param {Exact} values every polynomial of the sheets
 */
export function needsOf(values) {
  const { inference, training, sequence } = needs[String(store.get("dtype"))];
  /** @param {import("./types").Parts} parts */
  const bytes = (parts) => Number(valueOf(parts, values));
  return { inference: bytes(inference), training: bytes(training), sequence: bytes(sequence) };
}

/** The same, from the shape itself. @param {Numbers} shape */
export const needsOfShape = (shape) => needsOf(store.exactly(numbersOf(shape), store.page.sheets.polynomials));
