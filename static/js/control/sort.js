// Reordering by dragging, beside the arrows.
import { markDraggable, startDragging } from "../dragging.js";
import { afterRefresh, hold, send } from "./panel.js";

const id = (element) => element.dataset.entryNext || element.dataset.entry;

export function startSort() {
  startDragging((element, before) => send(element.dataset.place, [["avant", before ? id(before) : ""]]), hold);
  afterRefresh(markDraggable);
}
