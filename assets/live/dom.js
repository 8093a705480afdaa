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
  return node;
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
  const found = make("span");
  for (const step of name.split(/(?<=\.)/)) found.append(make("span", step), make("wbr"));
  return found;
}
