// One component, marked wherever it is on the page while somebody points at it, with its formula and its numbers
// beside the pointer: strip, charts, drawing, tables, and the names in the lesson's text.

import { make } from "./dom.js";
import { formula } from "./formula.js";
import * as store from "./store.js";

/** @import { Component } from "./types" */

const GAP = 10; // pixels between what is pointed at and what is said of it
/** @type {readonly string[]} */
const NAMES = store.page.components;
const tip = make("div", "", "component-tip");
tip.setAttribute("role", "status");
tip.hidden = true;

/** @param {string | undefined} name @returns {name is Component} */
const isComponent = (name) => name !== undefined && NAMES.includes(name);

/** The component that an element shows. @param {Element} element */
function componentOf(element) {
  const marked = element.closest("[data-component]");
  if (marked instanceof HTMLElement || marked instanceof SVGElement) return marked.dataset.component;
}

/** @param {Component} name */
function say(name) {
  const shape = store.shape(), quantities = store.evaluate(shape);
  const count = quantities[`component.${name}`];
  const { symbols, figures } = formula([[1, `component.${name}`]], shape);
  const share = store.percent(count / quantities.unique_total);
  tip.replaceChildren(
    make("b", store.text(`component.${name}`)), make("span", `${store.count(count)} · ${share}`),
    make("code", `${symbols}\n= ${figures}`),
  );
}

/** Above what is pointed at, or below it, inside the window. @param {Element} element */
function place(element) {
  const { left, top, bottom, width } = element.getBoundingClientRect();
  const { offsetWidth: wide, offsetHeight: high } = tip;
  const x = Math.max(GAP, Math.min(innerWidth - wide - GAP, left + width / 2 - wide / 2));
  const above = top - high - GAP;
  tip.style.translate = `${x}px ${above > 0 ? above : Math.min(innerHeight - high - GAP, bottom + GAP)}px`;
}

/** @param {EventTarget | null} target */
function point(target) {
  const name = target instanceof Element ? componentOf(target) : undefined;
  if (!isComponent(name) || !(target instanceof Element)) return release();
  if (document.body.dataset.marked !== name) say(name);
  document.body.dataset.marked = name;
  tip.hidden = false;
  place(target);
}

function release() {
  delete document.body.dataset.marked;
  tip.hidden = true;
}

/** Starts watching. @param {Element} page Gradio's container, whose colours the tip takes */
export function highlight(page) {
  page.append(tip);
  for (const kind of /** @type {const} */ (["pointerover", "focusin"])) {
    page.addEventListener(kind, ({ target }) => point(target));
  }
  page.addEventListener("pointerleave", release);
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") release();
  });
  document.addEventListener("scroll", release, { passive: true });
}
