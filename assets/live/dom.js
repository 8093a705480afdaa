// Making elements. What visitors and models write gets on the page as text only.

export function make(tag, content = "", className = "") {
  const node = document.createElement(tag);
  node.textContent = content;
  if (className) node.className = className;
  return node;
}

/** A tensor's name that may break after a dot. */
export function path(name) {
  const found = make("span");
  for (const step of name.split(/(?<=\.)/)) found.append(make("span", step), make("wbr"));
  return found;
}
