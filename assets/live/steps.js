// How many steps a run takes. The time that the visitor grants is turned into steps by the server; once it has said how
// many, they stand in the page's state, and with it in the link, until something else is asked for.

import * as store from "./store.js";

const DECIDES = [...store.page.shape_fields, "source", "seconds"];
const asked = () => JSON.stringify(DECIDES.map((field) => store.get(field)));

let told = Number(store.get("steps")); // by the server, or by the link, which has them from there
let toldFor = asked();

/** The server says how many steps what is asked for now takes. @param {number} steps */
export function takeSteps(steps) {
  told = steps;
  toldFor = asked();
  if (steps !== store.get("steps")) store.set("steps", steps, { settled: true });
}

store.subscribe(() => {
  if (asked() === toldFor) return;
  toldFor = asked();
  const typed = store.get("steps") !== told;
  if (told && !typed) store.set("steps", 0, { settled: true });
  told = 0;
});
