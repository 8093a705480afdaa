// Charts and drawing as large as the paper lets them be.

let paper = false;
window.addEventListener("beforeprint", () => { paper = true; });
window.addEventListener("afterprint", () => { paper = false; });
/** Whether the page is being printed: then what is out of sight is seen as well. */
export const onPaperNow = () => paper;

const WIDE = 700, HIGH = 960; // pixels between the margins of an A4 page

/**
 * Says how much smaller what is drawn has to be on paper; style/print.css uses it.
 * @param {HTMLElement} plot
 * @param {number} width
 * @param {number} [height]
 */
export function fitPaper(plot, width, height = 0) {
  const share = Math.min(1, WIDE / width, HIGH / Math.max(1, height));
  plot.style.setProperty("--on-paper", share.toFixed(3));
}
