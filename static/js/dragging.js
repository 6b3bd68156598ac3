// A list reordered by dragging: anywhere on an item with a mouse, by its handle with a finger or a pen.

const EDGE = 80; // px of the window where a finger that drags makes it scroll
let held = null;

const item = (node) => (node && node.closest ? node.closest("[data-place]") : null);
let moved, hold;

/** Items that came since may be dragged too. */
export function markDraggable() {
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

function onOver(event, target = event.target) {
  const over = item(target);
  if (!held || !over || over === held || over.parentNode !== held.parentNode) return;
  event.preventDefault();
  document
    .querySelectorAll(".drop-before, .drop-after")
    .forEach((e) => e.classList.remove("drop-before", "drop-after"));
  over.classList.add(below(over, event) ? "drop-after" : "drop-before");
}

function onDrop(event, target = event.target) {
  const over = item(target);
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
  moved(held, before);
  clear();
}

function letGo() {
  held = null;
  hold(false);
  clear();
}

const under = (event) => document.elementFromPoint(event.clientX, event.clientY);

function startTouch() {
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest && event.target.closest(".grip");
    if (!grip || event.pointerType === "mouse") return;
    held = item(grip);
    hold(true);
    held.classList.add("dragging");
    grip.setPointerCapture(event.pointerId);
  });
  document.addEventListener("pointermove", (event) => {
    if (!held || event.pointerType === "mouse") return;
    onOver(event, under(event));
    if (event.clientY < EDGE) scrollBy(0, -12);
    else if (event.clientY > innerHeight - EDGE) scrollBy(0, 12);
  });
  document.addEventListener("pointerup", (event) => {
    if (!held || event.pointerType === "mouse") return;
    onDrop(event, under(event));
    letGo();
  });
  document.addEventListener("pointercancel", (event) => {
    if (event.pointerType !== "mouse" && held) letGo();
  });
  document.addEventListener("keydown", (event) => {
    if (held && event.key === "Escape") letGo();
  });
}

/**
 * `onMove(item, before)`: an item was dropped before another of its list, null = last. `onHold(held)`: one is in the hand,
 * or no longer.
 */
export function startDragging(onMove, onHold = () => {}) {
  moved = onMove;
  hold = onHold;
  document.addEventListener("dragstart", (event) => {
    held = item(event.target);
    if (!held) return;
    setTimeout(() => hold(Boolean(held))); // after the browser's own pointercancel
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    held.classList.add("dragging");
  });
  document.addEventListener("pointerdown", (event) => {
    const one = event.pointerType === "mouse" && item(event.target);
    if (one && one.hasAttribute("draggable")) one.draggable = !event.target.closest("input, textarea"); // its text is chosen
  });
  document.addEventListener("dragover", onOver);
  document.addEventListener("drop", onDrop);
  document.addEventListener("dragend", letGo);
  startTouch();
  markDraggable();
}
