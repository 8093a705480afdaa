// The sheets of gpt2core/sheets.py: built once, filled anew in each frame in which a slider has moved.

import { formula, legend, numbersOf, valueOf } from "./formula.js";
import { devices, tensors } from "./inventory.js";
import { make } from "./dom.js";
import { whileSeen } from "./seen.js";
import * as store from "./store.js";

const FILLERS = { counters, tensors, memory: costs, flops: costs, devices };

export function sheet(element) {
  const root = element.querySelector(".sheet");
  const name = root.dataset.sheet;
  const spec = store.page.sheets.sheets[name];
  const fill = FILLERS[name](root.querySelector(".body"), spec, (key, fill) => store.text(`sheet.${name}.${key}`, fill), root);
  whileSeen(root, ({ numbers, quantities }) => {
    const shape = numbersOf(numbers);
    fill(shape, store.evaluate(shape, store.page.sheets.polynomials), quantities);
  });
}

const signed = (n) => (n > 0 ? `+ ${store.count(n)}` : n < 0 ? `− ${store.count(-n)}` : store.text("sheet.no_difference"));

const isPreset = (shape, name) =>
  store.page.shape_fields.every((field) => Number(store.page.presets[name][field]) === store.shape()?.[field]);

/** One counter below the other, each with what it adds to the right number or leaves out. */
function counters(body, spec, text) {
  const symbols = make("p", "", "legend");
  const list = make("ol", "", "counters");
  const lines = spec.rows.map((row) => {
    const line = make("li", "", row.name === "right" ? "correct" : "");
    const value = make("b"), difference = make("span", "", "difference");
    const shared = make("i", "", "shared"), extra = make("i", "", "extra");
    extra.style.setProperty("--cause", store.page.colors[row.cause]);
    const bar = make("div", "", "bar");
    bar.setAttribute("aria-hidden", "true");
    bar.append(shared, extra);
    const why = make("p", "", "why"), symbolic = make("code"), figures = make("code", "", "figures");
    const figure = make("div", "", "figure"), story = make("div", "", "story");
    figure.append(value, difference);
    story.append(make("h3", text(row.name)), make("p", text(`${row.name}_who`)), bar, why, symbolic, figures);
    line.append(figure, story);
    list.append(line);
    return { row, line, value, difference, shared, extra, why, symbolic, figures };
  });
  body.append(symbols, list);

  return (shape, values) => {
    symbols.textContent = legend(shape);
    const largest = Math.max(...spec.rows.map((row) => (row.only ? 0 : valueOf(row.cells[0], values))));
    for (const { row, line, value, difference, shared, extra, why, symbolic, figures } of lines) {
      line.hidden = Boolean(row.only) && !isPreset(shape, row.only);
      if (line.hidden) continue;
      const own = valueOf(row.cells[0], values), apart = valueOf(row.cells[1], values);
      const isRight = row.name === "right";
      value.textContent = store.count(own);
      difference.textContent = isRight ? text("right_one") : signed(apart);
      shared.style.width = `${(100 * Math.min(own, own - apart)) / largest}%`;
      extra.style.width = `${(100 * Math.abs(apart)) / largest}%`;
      extra.classList.toggle("missing", apart < 0);
      const reason = text(apart ? `${row.name}_why` : `${row.name}_same`);
      const [inSymbols, inFigures] = formula(row.cells[1], shape);
      why.textContent = isRight || !apart || row.only ? reason : `${inSymbols} = ${inFigures}: ${reason}`;
      [symbolic.textContent, figures.textContent] = formula(row.cells[0], shape);
      if (row.only) symbolic.textContent = figures.textContent = ""; // a number without a formula
    }
  };
}

/** Rows of bytes or FLOPs; the formula of each under the pointer, and below the row when its name is pressed. */
function costs(body, spec, text, root) {
  const symbols = make("p", "", "legend");
  const table = make("table", "", "costs"), head = table.createTHead().insertRow(), rows = table.createTBody();
  for (const column of ["part", ...spec.columns]) {
    const cell = make("th", text(column));
    cell.scope = "col";
    head.append(cell);
  }
  const tip = make("div", "", "tip");
  tip.setAttribute("aria-hidden", "true"); // who cannot hover presses the row's name
  tip.hidden = true;
  const written = store[spec.unit];
  const lines = spec.rows.map((row) => {
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
    const cells = spec.columns.map((column) => {
      const cell = line.insertCell();
      cell.dataset.label = text(column); // on a phone the table's head has no room
      return cell;
    });
    const place = below.insertCell();
    place.colSpan = spec.columns.length + 1;
    const parts = ["symbols", "figures", "value"].map((kind) => make("code", "", kind));
    place.append(...parts);
    button.addEventListener("click", () => {
      below.hidden = !below.hidden;
      button.setAttribute("aria-expanded", String(!below.hidden));
      tip.hidden = true;
    });
    line.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "mouse" || !below.hidden) return;
      tip.replaceChildren(...parts.map((part) => part.cloneNode(true)));
      tip.hidden = false;
      tip.style.top = `${line.getBoundingClientRect().bottom - root.getBoundingClientRect().top}px`;
    });
    line.addEventListener("pointerleave", () => { tip.hidden = true; });
    return { row, cells, parts, meter };
  });
  body.append(symbols, table, tip);

  return (shape, values) => {
    symbols.textContent = legend(shape);
    const whole = Math.max(...spec.rows.filter((row) => row.total).map((row) => valueOf(row.cells[0], values)));
    for (const { row, cells, parts, meter } of lines) {
      const [first] = row.cells;
      const value = valueOf(first, values);
      const shown = row.cells.map((cell) => (cell ? written(valueOf(cell, values)) : "–"));
      if (row.against) shown.push(store.percent(value / valueOf(row.against, values)));
      cells.forEach((cell, i) => { cell.textContent = shown[i] ?? ""; });
      const [inSymbols, inFigures] = formula(first, shape);
      parts[0].textContent = inSymbols;
      parts[1].textContent = `= ${inFigures}`;
      parts[2].textContent = `= ${store.text(`sheet.exact_${spec.unit}`, { n: store.count(value) })}`;
      meter.style.width = `${Math.min(100, (100 * value) / whole)}%`;
    }
  };
}
