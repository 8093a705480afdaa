// The drawing while a forward pass is played: where on it the pass is.

import { onSeen } from "./seen.js";

/** @import { Stage } from "./forward_timeline.js" */

/** What the drawing is drawn on, where it is on the page. */
function drawingCanvas() {
  const found = document.querySelector(".drawing .canvas");
  return found instanceof HTMLElement ? found : null;
}

/**
 * Marks the wires of a stage and the block that it is in, by attributes only: nothing is drawn anew.
 * @param {Stage | null} stage null: none
 * @param {boolean} flows whether the next stage is to follow
 */
export function markDrawing(stage, flows) {
  const canvas = drawingCanvas();
  if (!canvas) return;
  canvas.classList.toggle("flows", flows && stage !== null);
  if (!stage) return void delete canvas.dataset.flow;
  canvas.dataset.flow = stage.kind;
  canvas.style.setProperty("--flow-block", String(stage.block - 1));
}

/**
 * While the drawing is looked at and the player's own place is not, the player goes along.
 * @param {HTMLElement} root of the player
 * @param {HTMLElement} place
 */
export function accompany(root, place) {
  const canvas = drawingCanvas();
  if (!canvas) return;
  let here = true, drawingSeen = false;
  const look = () => root.classList.toggle("afar", !here && drawingSeen);
  onSeen(place, (seen) => {
    here = seen;
    look();
  });
  onSeen(canvas, (seen) => {
    drawingSeen = seen;
    look();
  });
}
