// The link to this page: what it says, where it leads, and the address bar that repeats it.

import { standing } from "./first.js";
import { keepPrompt } from "./kept_prompt.js";
import { mended, readLink } from "./link_grammar.js";
import { hidden, locked, unknown } from "./locks.js";
import { onProjector, projected } from "./projector.js";
import { NARROW, scrollTo } from "./screen.js";
import { openSection } from "./sections.js";
import * as store from "./store.js";
import { laidOut, onceOpen, onTab, openTab, TABS } from "./tabs.js";

/** @type {string[]} */
const ALWAYS = [...store.page.size_fields, "seed", ...Object.keys(store.page.link.unsaid)];
const { names, longest, longest_drawn: longestDrawn, space_page: spacePage } = store.page.link;
// On a Space's own page this one is in a frame, and nobody sees its address.
const outer = window.self !== window.top && spacePage !== "";
const hub = outer ? new URL(spacePage).origin : "";

/** @type {string | null} the tab that is open where a link names none */
let first = null;
/** @type {string | null} */
let tab = null;

/**
 * This page's state as a query: what differs from the defaults, and always the shape and the temperature. A prompt for
 * which a link has no room is left out.
 */
export function query({ lock = locked, hide = hidden } = {}) {
  const params = new URLSearchParams();
  for (const [field, initial] of store.defaults) {
    const value = store.get(field);
    if (ALWAYS.includes(field) || lock.includes(field) || value !== initial) params.set(field, String(value));
  }
  const expected = params.has("step") ? "lesson" : first; // a step alone opens the lesson
  if (tab !== null && tab !== expected) params.set("tab", tab);
  if (lock.length) params.set("lock", lock.join(","));
  if (hide.length) params.set("hide", hide.join(","));
  if (projected()) params.set("projector", "1");
  params.set("lang", store.page.lang);
  if (linkOf(params).length > longest) params.delete("prompt");
  return params;
}

/** Whether such a query leaves the prompt out. @param {URLSearchParams} params */
export const leavesPromptOut = (params) => !params.has("prompt") && store.get("prompt") !== "";

/** A query as it stands in a link; commas need no escape and read better. @param {URLSearchParams} params */
const written = (params) => params.toString().replaceAll("%2C", ",");

/**
 * The query as it stands in this page's own address, with what others put there: Gradio's theme, say, or
 * the pass that a private Space gives its frame and that must not get into a shared link.
 * @param {URLSearchParams} params
 */
export function inAddress(params) {
  const others = [...new URLSearchParams(mended(location.search))].filter(([name]) => !names.includes(name));
  return written(new URLSearchParams([...others, ...params]));
}

/**
 * The link that opens this page for somebody else. Without the language's path, which a Space does not
 * hand on: `lang` in the query leads there.
 * @param {URLSearchParams} params
 */
export const linkOf = (params) => `${outer ? spacePage : new URL("./", location.href)}?${written(params)}`;

/**
 * Where the server draws that link; null if it is too long to be read from a screen.
 * @param {URLSearchParams} params
 */
export function pictureOf(params) {
  const text = written(params);
  if (text.length > longestDrawn) return null;
  return new URL(`./${outer ? "qr-space" : "qr"}.svg?${text}`, location.href).href;
}

function tellOuterPage() {
  // Firefox does not say who frames the page; a message to the wrong one is dropped there.
  if (!outer || (location.ancestorOrigins && !location.ancestorOrigins.contains(hub))) return;
  window.parent.postMessage({ queryString: written(query()), hash: location.hash }, hub);
}

let pushed = ""; // the view and step of the newest entry in the browser's history
let walking = false; // Back or Forward is being followed

/** What Back and Forward walk through: views, and the lesson's steps. */
const place = () => `${tab} ${store.get("step")}`;

/** Writes the address: an entry of its own in the history for each view and each step, none for what a control says. */
function write() {
  if (walking) return;
  const params = query();
  const address = `${location.pathname}?${inAddress(params)}${location.hash}`;
  const moved = pushed !== "" && place() !== pushed;
  if (moved) history.pushState(history.state, "", address);
  else history.replaceState(history.state, "", address);
  pushed = place();
  keepPrompt(params, leavesPromptOut(params) ? String(store.get("prompt")) : null);
  tellOuterPage();
}

const tabNamed = () => new URLSearchParams(mended(location.search)).get("tab");
/** The view that a link's `tab` means, by its name of today or of before; null if it means none. */
function viewNamed() {
  const name = tabNamed() ?? "";
  return store.page.link.former_tabs[name]?.[0] ?? (TABS.includes(name) ? name : null);
}

// Back and Forward change the view and the step, and leave the shape as it is: what was set is not lost.
history.scrollRestoration = "manual";
window.addEventListener("popstate", () => {
  const { values } = readLink(location.search, store.page);
  walking = true;
  store.setMany({ step: values.step ?? 0 });
  const there = viewNamed() ?? (values.step ? "lesson" : first ?? TABS[0]);
  void openTab(there).then(() => laidOut(there)).then(() => {
    pushed = place();
    walking = false;
    write();
    scrollTo(document.querySelector(".right .tabs"), { calm: true });
  });
});

const wanted = tabNamed();
const former = wanted === null ? undefined : store.page.link.former_tabs[wanted];
if (former) {
  const [tabNow, section] = former;
  void standing.then(() => openSection(tabNow, section));
} else if (wanted !== null && !TABS.includes(wanted)) unknown.push(wanted);
else if (wanted !== null) {
  void openTab(wanted);
  // On a phone the sliders come first, and who was sent to a tab would not see it.
  const reveal = () => scrollTo(document.querySelector(".right .tabs"), { calm: true });
  if (NARROW.matches && !store.arrivedWith("step")) onceOpen(wanted, () => void standing.then(reveal));
}
if (unknown.length) {
  store.refused.push(store.text("share.unknown", { value: `"${unknown.join(", ").slice(0, 60)}"` }));
}
onTab((id) => {
  first ??= id;
  const changed = tab !== null;
  tab = id;
  if (changed) write();
  else pushed = place();
});
store.subscribe((change) => {
  if (change.settled) write();
});
onProjector(write);
if (location.search) tellOuterPage(); // the frame's page may have changed its language
