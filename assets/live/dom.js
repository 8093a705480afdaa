// Making and finding elements. What visitors and models write gets on the page as text only.

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string | null} content
 */
export function make(tag, content = "", className = "") {
  const node = document.createElement(tag);
  node.textContent = content;
  if (className) node.className = className;
  return tag === "code" || tag === "pre" ? verbatim(node) : node;
}

/**
 * Tells a program that translates the page to leave `node` as it is: names, tokens, what a model has written.
 * @template {HTMLElement} T
 * @param {T} node
 */
export function verbatim(node) {
  node.translate = false;
  node.classList.add("notranslate"); // some go by this
  return node;
}

const NAME = /^[\w.{}]*[._][\w.{}]*$/; // of a tensor: h.0.attn.c_attn.weight

/**
 * A cell of a table, or a choice; names of tensors are left as they are.
 * @template {"th" | "td" | "option"} T
 * @param {T} tag
 * @param {string} content
 */
export function cell(tag, content) {
  const made = make(tag, content);
  return NAME.test(content) ? verbatim(made) : made;
}

/**
 * The first element in `root` that `selector` finds. Throws if there is none, or if it is not of `type`:
 * markup and script do not fit then.
 * @overload
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
/**
 * @template {Element} T
 * @overload
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
/**
 * @param {ParentNode} root
 * @param {string} selector
 */
export function find(root, selector, type = HTMLElement) {
  const found = root.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`${selector}: ${found ? `no ${type.name}` : "not found"}`);
}

/**
 * All elements in `root` that `selector` finds, of the type that they must have.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 */
export function findAll(root, selector, type) {
  return [...root.querySelectorAll(selector)].map((found) => {
    if (found instanceof type) return found;
    throw new Error(`${selector}: no ${type.name}`);
  });
}

/**
 * What the markup says in `data-<name>` of `element`. Throws if it says nothing.
 * @param {HTMLElement | SVGElement} element
 * @param {string} name
 */
export function dataOf(element, name) {
  const said = element.dataset[name];
  if (said === undefined) throw new Error(`data-${name}: not found`);
  return said;
}

/** A tensor's name that may break after a dot. @param {string} name */
export function path(name) {
  const found = verbatim(make("span"));
  for (const step of name.split(/(?<=\.)/)) found.append(make("span", step), make("wbr"));
  return found;
}
