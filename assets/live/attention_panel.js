// Which block, head and token the four pictures of attention are of.

import { attentionPictures } from "./attention_pictures.js";
import { find, findAll, make } from "./dom.js";
import { onWidth } from "./seen.js";
import * as store from "./store.js";
import { larger } from "./theme.js";

/** @import { ForwardResult, ShapeConfig } from "./types" */

const WIDE = 860; // pixels from which all four stand side by side

/**
 * @param {HTMLElement} root
 * @param {object} does
 * @param {(block: number) => void} does.askFor fetches the heads of another block
 * @param {() => void} does.marked another token is looked into, or none
 */
export function attentionPanel(root, { askFor, marked }) {
  const block = find(root, ".block", HTMLSelectElement), heads = find(root, ".heads");
  const tokens = find(root, ".token", HTMLSelectElement), title = find(root, "h3"), some = find(root, ".only-some");
  const pictures = attentionPictures(root, (n) => open(n));
  /** @type {ForwardResult | null} */
  let data = null;
  /** @type {number | null} */
  let token = null;
  let head = 0; // from 0

  function draw() {
    root.hidden = token === null;
    if (!data || token === null) return;
    const { layer, head_dim } = data, all = data.tokens;
    title.textContent = store.text("forward.attention", {
      token: all[token], head: store.count(head + 1), block: store.count(layer),
    });
    tokens.value = String(token);
    pictures.show({ tokens: all, head: data.heads[head], head_dim, token });
  }

  /**
   * @param {number} n
   * @param {number} [at] the block, where it is to be another than the one that is shown
   */
  function open(n, at = 0) {
    token = n;
    draw();
    marked();
    if (at && at !== data?.layer) askFor(at);
  }
  function close() {
    token = null;
    draw();
  }

  /** @param {number} count */
  function offerHeads(count) {
    const radios = Array.from({ length: count }, (_, n) => {
      const label = make("label"), radio = make("input");
      radio.type = "radio";
      radio.name = "attention-head";
      radio.value = String(n);
      radio.checked = n === head;
      label.append(radio, make("span", store.count(n + 1)));
      return label;
    });
    for (const old of findAll(heads, "label", HTMLLabelElement)) old.remove();
    heads.append(...radios);
  }
  /**
   * @param {HTMLSelectElement} select
   * @param {string[]} names
   * @param {number} first what the first one stands for
   */
  function offer(select, names, first) {
    select.replaceChildren(...names.map((name, n) => {
      const option = make("option", name);
      option.value = String(n + first);
      return option;
    }));
  }
  onWidth(root, (width) => root.classList.toggle("wide", width >= WIDE * larger()));
  heads.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement) head = Number(target.value);
    draw();
  });
  block.addEventListener("change", () => askFor(Number(block.value)));
  tokens.addEventListener("change", () => open(Number(tokens.value)));

  return {
    /**
     * What a run has found; the token and the head stay, where there are as many.
     * @param {ForwardResult} found
     * @param {ShapeConfig} config
     */
    show(found, config) {
      data = found;
      const gone = found.lengths[0].length; // the last token has not gone through
      if (token !== null && token >= gone) token = null;
      if (head >= found.heads.length) head = 0;
      offer(block, Array.from({ length: config.n_layer }, (_, n) => store.count(n + 1)), 1);
      offer(tokens, found.tokens.slice(0, gone).map((name, n) => `${store.count(n + 1)} ${name}`), 0);
      block.value = String(found.layer);
      offerHeads(found.heads.length);
      some.hidden = config.n_head <= found.heads.length;
      some.textContent = store.text("forward.first_heads", {
        shown: store.count(found.heads.length), heads: store.count(config.n_head),
      });
      draw();
    },
    /** Opens at a token; once more at the same one, closes. @type {(n: number, at: number) => void} */
    open(n, at) {
      if (n !== token || (at && at !== data?.layer)) return open(n, at);
      close();
      marked();
    },
    close,
    token: () => token,
  };
}
