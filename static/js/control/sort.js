// Reordering by dragging, beside the arrows.
import { afterRefresh, hold, send } from "./panel.js";

let held = null;

const item = (node) => (node && node.closest ? node.closest("[data-place]") : null);
const id = (element) => element.dataset.entryNext || element.dataset.entry;

function ready() {
  if (!matchMedia("(pointer: fine)").matches) return;
  document.querySelectorAll("[data-sort] > [data-place]").forEach((element) => {
    element.draggable = true;
  });
}

function clear() {
  document.querySelectorAll(".drop-before, .drop-after, .dragging").forEach((element) => {
    element.classList.remove("drop-before", "drop-after", "dragging");
  });
}

function below(element, event) {
  const box = element.getBoundingClientRect();
  return event.clientY > box.top + box.height / 2;
}

function onOver(event) {
  const over = item(event.target);
  if (!held || !over || over === held || over.parentNode !== held.parentNode) return;
  event.preventDefault();
  document
    .querySelectorAll(".drop-before, .drop-after")
    .forEach((e) => e.classList.remove("drop-before", "drop-after"));
  over.classList.add(below(over, event) ? "drop-after" : "drop-before");
}

function onDrop(event) {
  const over = item(event.target);
  if (!held || !over || over === held || over.parentNode !== held.parentNode) return;
  event.preventDefault();
  let before = over;
  if (below(over, event)) {
    before = over.nextElementSibling;
    if (!before && over.parentNode.dataset.sort === "part") before = over;
  }
  if (before === held) {
    clear();
    return;
  }
  send(held.dataset.place, [["avant", before ? id(before) : ""]]);
  clear();
}

export function startSort() {
  document.addEventListener("dragstart", (event) => {
    held = item(event.target);
    if (!held) return;
    setTimeout(() => hold(Boolean(held))); // after the browser's own pointercancel
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    held.classList.add("dragging");
  });
  document.addEventListener("dragover", onOver);
  document.addEventListener("drop", onDrop);
  document.addEventListener("dragend", () => {
    held = null;
    hold(false);
    clear();
  });
  ready();
  afterRefresh(ready);
}
