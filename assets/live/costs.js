// Sheets of bytes or FLOPs; the formula of each row under the pointer, and below the row when its name is pressed: of
// the column that is in the chosen number format.

import { make } from "./dom.js";
import { formula, legend, valueOf } from "./formula.js";
import * as store from "./store.js";

/** @import { CostRow, CostSheet } from "./types" */
/** @import { Filler, SheetText } from "./sheet.js" */

/**
 * @param {HTMLTableSectionElement} rows
 * @param {CostRow} row
 * @param {string[]} columns
 * @param {SheetText} text
 */
function lineOf(rows, row, columns, text) {
  const line = rows.insertRow(), below = rows.insertRow();
  line.className = row.total ? "total" : row.aside ? "aside" : "";
  below.className = "formula";
  below.hidden = true;
  below.id = `formula-${row.name}`;
  const name = make("th"), button = make("button", text(row.name), "disclose"), meter = make("i", "", "meter");
  name.scope = "row";
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", below.id);
  name.append(button, make("small", text(`${row.name}_note`)), meter);
  line.append(name);
  const cells = columns.map((column) => {
    const cell = line.insertCell();
    cell.dataset.label = text(column); // on a phone the table's head has no room
    return cell;
  });
  const place = below.insertCell();
  place.colSpan = columns.length + 1;
  const symbols = make("code", "", "symbols"), figures = make("code", "", "figures"), exact = make("code", "", "value");
  place.append(symbols, figures, exact);
  return { row, line, below, button, cells, symbols, figures, exact, meter };
}

/**
 * The formula of the row under the pointer. Who cannot hover presses the row's name.
 * @param {ReturnType<typeof lineOf>[]} lines
 * @param {HTMLElement} root
 */
function tipOf(lines, root) {
  const tip = make("div", "", "tip");
  tip.setAttribute("aria-hidden", "true");
  tip.hidden = true;
  for (const { line, below, button, symbols, figures, exact } of lines) {
    button.addEventListener("click", () => {
      below.hidden = !below.hidden;
      button.setAttribute("aria-expanded", String(!below.hidden));
      tip.hidden = true;
    });
    line.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "mouse" || !below.hidden) return;
      tip.replaceChildren(...[symbols, figures, exact].map((part) => part.cloneNode(true)));
      tip.hidden = false;
      tip.style.top = `${line.getBoundingClientRect().bottom - root.getBoundingClientRect().top}px`;
    });
    line.addEventListener("pointerleave", () => { tip.hidden = true; });
  }
  return tip;
}

/**
 * @param {HTMLElement} body
 * @param {CostSheet} spec
 * @param {SheetText} text
 * @param {HTMLElement} root
 * @returns {Filler}
 */
export function costs(body, spec, text, root) {
  const symbols = make("p", "", "legend");
  const table = make("table", "", "costs"), head = table.createTHead().insertRow(), rows = table.createTBody();
  for (const column of ["part", ...spec.columns]) {
    const cell = make("th", text(column));
    cell.scope = "col";
    head.append(cell);
  }
  const lines = spec.rows.map((row) => lineOf(rows, row, spec.columns, text));
  body.append(symbols, table, tipOf(lines, root));
  const written = store[spec.unit];
  const totals = spec.rows.filter((row) => row.total);

  return (shape, values) => {
    symbols.textContent = legend(shape);
    const dtype = String(store.get("dtype"));
    const column = Object.hasOwn(spec.column_of, dtype) ? spec.column_of[dtype] : 0;
    const inFormat = Object.values(spec.column_of);
    for (const i of inFormat) head.cells[i + 1].setAttribute("aria-current", String(i === column));
    const whole = Math.max(...totals.map((row) => Number(valueOf(cellOf(row, column), values))));
    for (const { row, cells, symbols: inSymbols, figures, exact, meter } of lines) {
      const parts = cellOf(row, column);
      const value = valueOf(parts, values);
      const shown = row.cells.map((cell) => (cell ? written(valueOf(cell, values)) : "–"));
      if (row.against) shown.push(store.percent(Number(value) / Number(valueOf(row.against, values))));
      for (const [i, cell] of cells.entries()) {
        cell.textContent = shown[i] ?? "";
        cell.classList.toggle("chosen", i === column && inFormat.includes(i));
      }
      const found = formula(parts, shape);
      inSymbols.textContent = found.symbols;
      figures.textContent = `= ${found.figures}`;
      exact.textContent = `= ${store.text(`sheet.exact_${spec.unit}`, { n: store.count(value) })}`;
      meter.style.width = `${Math.min(100, (100 * Number(value)) / whole)}%`;
    }
  };
}

/**
 * @param {CostRow} row
 * @param {number} column
 */
function cellOf({ name, cells }, column) {
  const found = cells[column];
  if (!found) throw new Error(`the row ${name} has no number in column ${column}`);
  return found;
}
