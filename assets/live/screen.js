// How the page lies on the screen.

/** One column: the same width as in the style's media queries, which cannot be told of it. */
export const NARROW = matchMedia("(max-width: 860px)");
