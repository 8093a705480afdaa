// Controls: an exact number, a slider beside it where one helps, switches, presets, the prompt.
// Each writes its Gradio component's value, so that Python handlers get it, and the store.

import * as store from "./store.js";

/** Between what a slider holds and what it means: temperature is logarithmic, its left end 0. */
export function meaning(field) {
  if (!store.page.logarithmic.includes(field)) return { read: Number, write: (v) => v };
  const [low, high] = store.page.sliders[field];
  return {
    read: (position) => (Number(position) <= low ? 0 : Number((10 ** Number(position)).toPrecision(3))),
    write: (value) => (value <= 0 ? low : Math.min(high, Math.max(low + 0.01, Math.log10(value)))),
  };
}

export function control(element, props, trigger, watch) {
  const root = element.querySelector(".control");
  const field = root.dataset.field;
  const number = root.querySelector('input[type="number"]');
  const range = root.querySelector('input[type="range"]');
  const hint = root.querySelector(".hint");
  const { read, write } = meaning(field);

  function show(value) {
    if (document.activeElement !== number || number.valueAsNumber !== value) number.value = value;
    if (range) {
      range.value = write(value);
      range.setAttribute("aria-valuetext", store.small(value));
      const low = Number(range.min), high = Number(range.max);
      range.style.setProperty("--filled", `${(100 * (range.value - low)) / (high - low)}%`);
    }
  }

  function advise() {
    const bad = store.complaint(field, store.get(field));
    number.setAttribute("aria-invalid", String(Boolean(bad)));
    hint.classList.toggle("bad", Boolean(bad));
    hint.textContent = bad || hint.dataset.hint;
    if (field === "n_head" && !bad) adviseHeads(hint);
  }

  function take(value, settled, from) {
    store.set(field, value, { settled, from });
    props.value = store.get(field);
    advise();
    if (settled) trigger("release");
  }

  number.addEventListener("input", () => {
    const typed = number.value === "" || Number.isNaN(number.valueAsNumber) ? number.value : number.valueAsNumber;
    if (field === "n_head") return; // half a number typed must not jump to a neighbour
    take(typed, false, number);
  });
  number.addEventListener("change", () => {
    const typed = Number.isNaN(number.valueAsNumber) ? number.value : number.valueAsNumber;
    take(typed, true, null);
  });
  if (range) {
    range.addEventListener("input", () => take(read(range.value), false, range));
    range.addEventListener("change", () => take(read(range.value), true, null));
  }

  store.subscribe((change) => {
    const value = store.get(field);
    if (props.value !== value && store.valid(field)) props.value = value;
    if (change.from !== number && store.valid(field)) show(value);
    advise();
    // A preset: Python is told once, when every control has taken its value.
    if (change.field === null && change.settled && field === "n_layer") setTimeout(() => trigger("release"));
  });
  watch("value", () => props.value !== store.get(field) && store.set(field, props.value, { settled: true }));
  props.value = store.get(field);
  show(props.value);
}

/** The button that opens and closes the controls after it. */
export function more(element) {
  const button = element.querySelector("button");
  const group = button.closest(".left").querySelector(".more:not(.live)");
  const turn = (open) => {
    button.setAttribute("aria-expanded", String(open));
    group.hidden = !open;
    group.style.display = open ? "" : "none";
  };
  button.addEventListener("click", () => turn(button.getAttribute("aria-expanded") !== "true"));
  turn(false);
}

function adviseHeads(hint) {
  const wanted = store.headsWanted();
  const used = store.get("n_head"), width = store.get("n_embd");
  if (wanted === null || wanted === used) {
    if (store.valid("n_embd")) hint.textContent = `${store.count(used)} × ${store.count(width / used)} = ${store.count(width)}`;
    return;
  }
  hint.textContent = store.text("hint.heads_moved", { wanted, used, n_embd: width });
  if (store.isLocked("n_head")) return;
  hint.append(` ${store.text("hint.heads_offer")} `);
  for (const choice of store.headChoices(wanted)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = choice;
    button.addEventListener("click", () => store.setMany({ n_head: choice }));
    hint.append(button);
  }
}

export function toggle(element, props, trigger, watch) {
  const box = element.querySelector("input");
  const field = element.querySelector(".control").dataset.field;
  box.addEventListener("change", () => {
    props.value = box.checked;
    store.set(field, box.checked, { settled: true });
    trigger("release");
  });
  store.subscribe(() => {
    box.checked = store.get(field);
    if (props.value !== box.checked) props.value = box.checked;
  });
  watch("value", () => store.set(field, props.value, { settled: true }));
  props.value = box.checked = store.get(field);
}

export function prompt(element, props) {
  const area = element.querySelector("textarea");
  area.addEventListener("input", () => {
    props.value = area.value;
    store.set("prompt", area.value);
  });
  area.addEventListener("change", () => store.set("prompt", area.value, { settled: true }));
  props.value = area.value = store.get("prompt");
}

export function presets(element) {
  const buttons = [...element.querySelectorAll("button")];
  for (const button of buttons) {
    button.addEventListener("click", () => store.setMany(store.page.presets[button.dataset.preset]));
  }
  store.subscribe(({ numbers }) => {
    for (const button of buttons) {
      const preset = store.page.presets[button.dataset.preset];
      const same = numbers && store.page.shape_fields.every((f) => Number(preset[f]) === numbers[f]);
      button.setAttribute("aria-pressed", String(Boolean(same)));
      button.disabled = store.page.shape_fields.some((f) => store.isLocked(f) && preset[f] !== store.get(f));
    }
  });
}
