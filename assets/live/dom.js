// Making elements. What visitors and models write gets on the page as text only.

export function make(tag, content = "", className = "") {
  const node = document.createElement(tag);
  node.textContent = content;
  if (className) node.className = className;
  return node;
}
