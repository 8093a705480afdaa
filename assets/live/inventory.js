// Two lists: all tensors of the model, and the devices it fits on.

import { SYMBOLS } from "./formula.js";
import { make, path } from "./dom.js";
import { DEVICES, deviceName, needsOf } from "./needs.js";
import * as store from "./store.js";

/** @import { Numbers } from "./store.js" */
/** @import { ShapeField, TensorRow } from "./types" */
/** @import { Filler, SheetText } from "./sheet.js" */

/**
 * @param {TensorRow} row
 * @param {(multiple: number, field: ShapeField) => string} write
 */
const dims = (row, write) => row.shape.map(([multiple, field]) => write(multiple, field));
/** @param {TensorRow} row */
export const symbolicShape = (row) =>
  `(${dims(row, (n, field) => (n > 1 ? `${n}·` : "") + SYMBOLS[field]).join(", ")})`;
/**
 * @param {TensorRow} row
 * @param {Numbers} shape
 */
export const figureShape = (row, shape) =>
  dims(row, (n, field) => store.count(n * shape[field])).join(" × ");
/** @param {string} name */
export const shortName = (name) => name.replace("transformer.", "");
/**
 * The component that a word of the lesson names, `wte` or `c_attn`; undefined if it names none, or more than one
 * (c_proj is attention's and the MLP's).
 * @param {string} word
 */
export function componentNamed(word) {
  const module = word.replace(/\.weight$/, "");
  const rows = store.page.sheets.table.filter(({ name }) => name.split(".").at(-2) === module);
  return new Set(rows.map(({ component }) => component)).size === 1 ? rows[0].component : undefined;
}

/**
 * @param {HTMLElement} body
 * @param {string[]} columns
 * @param {SheetText} text
 */
function headed(body, columns, text) {
  const table = make("table");
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const cell = make("th", text(column));
    cell.scope = "col";
    head.append(cell);
  }
  body.append(table);
  return { table, rows: table.createTBody() };
}

/**
 * @param {HTMLTableRowElement} line
 * @param {string} name
 */
function named(line, name) {
  const cell = make("th", name);
  cell.scope = "row";
  line.append(cell);
  return cell;
}

/**
 * THE table line by line, its sum the number on top of the page.
 * @param {HTMLElement} body
 * @param {SheetText} text
 * @returns {Filler}
 */
export function tensors(body, text) {
  const { table, rows } = headed(body, ["tensor", "shape", "repeats", "numbers", "share"], text);
  table.className = "tensors";
  const lines = store.page.sheets.table.map((row) => {
    const line = rows.insertRow();
    line.dataset.component = row.component;
    const dot = make("i", "", "dot");
    dot.style.background = store.page.colors[row.component];
    const name = named(line, "");
    name.append(dot, path(shortName(row.name)));
    name.title = store.text(`component.${row.component}`);
    const shapeCell = line.insertCell();
    const figures = make("small");
    shapeCell.append(make("span", symbolicShape(row)), figures);
    return { row, line, figures, cells: [0, 1, 2].map(() => line.insertCell()) };
  });
  const sum = rows.insertRow();
  sum.className = "total";
  named(sum, text("sum")).colSpan = 3;
  const [total, whole] = [sum.insertCell(), sum.insertCell()];

  return (shape, _values, quantities) => {
    for (const { row, line, figures, cells } of lines) {
      const count = quantities[`tensor.${row.name}`];
      const share = count / quantities.unique_total;
      const off = row.factor !== null && !shape[row.factor];
      line.classList.toggle("off", off);
      figures.textContent = off ? text(`off_${row.factor}`) : figureShape(row, shape);
      cells[0].textContent = off ? "" : `× ${store.count(row.per_block ? shape.n_layer : 1)}`;
      cells[1].textContent = store.count(count);
      cells[2].textContent = store.percent(share, count && share < 0.0005 ? 3 : 1);
    }
    total.textContent = store.count(quantities.unique_total);
    whole.textContent = store.percent(1, 0);
  };
}

/**
 * What fits on which device, in the chosen number format.
 * @param {HTMLElement} body
 * @param {SheetText} text
 * @returns {Filler}
 */
export function devices(body, text) {
  const { table, rows } = headed(body, ["device", "memory", "inference", "training", "batch"], text);
  table.className = "devices";
  const lines = DEVICES.map(({ name, room }) => {
    const line = rows.insertRow();
    named(line, deviceName(name));
    line.insertCell().textContent = store.bytes(room);
    const cells = ["inference", "training", "batch"].map((column) => {
      const cell = line.insertCell();
      cell.dataset.label = text(column);
      return cell;
    });
    return { room, cells };
  });
  /**
   * @param {HTMLElement} cell
   * @param {number} need bytes
   * @param {number} room bytes
   */
  const say = (cell, need, room) => {
    const fits = need <= room;
    const meter = make("i", "", "meter");
    meter.style.setProperty("--filled", `${Math.min(100, (100 * need) / room)}%`);
    cell.className = fits ? "fits" : "too-big";
    cell.replaceChildren(
      make("span", `${fits ? "✓" : "✗"} ${text(fits ? "fits" : "too_big")}`),
      make("small", text(fits ? "uses" : "needs", { need: store.bytes(need) })), meter,
    );
  };
  return (_shape, values) => {
    const { inference, training, sequence } = needsOf(values);
    for (const { room, cells } of lines) {
      say(cells[0], inference, room);
      say(cells[1], training, room);
      const most = Math.floor((room - training + sequence) / sequence);
      cells[2].textContent = most > 0 ? store.count(most) : "–";
    }
  };
}
