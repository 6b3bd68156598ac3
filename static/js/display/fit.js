/* Nothing scrolls and nothing is cut: a text that does not fit gets a little smaller, then what is
   secondary leaves (data-drop, highest first). The server's classes already come close. */

const STEPS = [1, 0.94, 0.88, 0.82];
const LAST = [0.76, 0.7, 0.64, 0.58, 0.52, 0.46];
/** Whether sizes have a floor of their own (`max()`); without, a path goes no further down than the first steps. */
const FLOORS = CSS.supports("top", "max(0px, 1px)");
const last = (box) => (FLOORS || !box.querySelector(".way") ? LAST : []);
/** The last resorts, one after the other: who speaks takes the room of the others' paths, whose steps are counted; then a
    path keeps its steps, and says that words are missing. */
const LESS = ["yielding", "tight", "tighter"];
const WORDS = "h1, .job, .to, .question";
const INNER = ".guests, .nothing, .phases, .who, .cast, .cast > li, .look, .starters, .open, .trays, .eight";

/** What an older browser's styles cannot see (`:has`): which box holds what, said by a class. */
const HOLDS = [
  [".stage", "no-next", ".next.dropped"],
  [".strip", "has-ways", ".ways"],
  [".cast", "has-now", ".now"],
];

function note(root) {
  for (const [boxes, name, held] of HOLDS) {
    const found = Array.from(root.querySelectorAll(boxes));
    if (root.matches(boxes)) found.push(root);
    found.forEach((box) => box.classList.toggle(name, Boolean(box.querySelector(held))));
  }
}

function spills(box) {
  return box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1;
}

function over(box) {
  return spills(box) || Array.from(box.querySelectorAll(INNER)).some(spills);
}

function size(box, step) {
  box.style.setProperty("--fit", step);
}

/** The biggest step at which every word of the main texts holds on a line; words nothing can hold may break. */
function wholeWords(box) {
  const texts = Array.from(box.querySelectorAll(WORDS));
  box.classList.add("measuring");
  const found = [...STEPS, ...last(box).slice(0, 5)].find((step) => {
    size(box, step);
    return texts.every((one) => one.scrollWidth <= one.clientWidth + 1);
  });
  box.classList.remove("measuring");
  return found || 1;
}

function shrink(box, steps) {
  return steps.some((step) => {
    size(box, step);
    return !over(box);
  });
}

function fitBox(box, root) {
  const first = wholeWords(box);
  const steps = [first, ...STEPS.filter((step) => step < first)];
  const secondary = Array.from(box.querySelectorAll("[data-drop]:not(.dropped)"));
  secondary.sort((a, b) => b.dataset.drop - a.dataset.drop);
  while (!shrink(box, steps)) {
    const next = secondary.shift();
    if (!next) {
      const smaller = last(box).filter((step) => step < first);
      if (shrink(box, smaller)) return;
      for (const less of LESS) {
        box.classList.add(less);
        const held = wholeWords(box); // a column may be narrower than before
        if (
          shrink(
            box,
            [...STEPS, ...last(box)].filter((step) => step <= held),
          )
        )
          return;
      }
      return;
    }
    const rank = next.dataset.drop;
    next.classList.add("dropped");
    while (secondary.length && secondary[0].dataset.drop === rank) secondary.shift().classList.add("dropped");
    note(root);
  }
}

/** An item of a list is shown whole or not at all; a list whose first item does not fit leaves with its title. */
function trimLists(root) {
  for (const list of root.querySelectorAll(".fit")) {
    const items = Array.from(list.children);
    const first = items[0];
    const block = list.closest("[data-drop]");
    if (first && block && first.offsetHeight > list.clientHeight + 1) block.classList.add("dropped");
    const outside = items.filter((one) => one.offsetLeft > first.offsetLeft);
    outside.forEach((one) => one.classList.add("dropped"));
  }
}

/** Whether the screen is a page to read, which scrolls (display-read.css). */
export const reads = () => matchMedia(document.body.dataset.reads).matches;

export function fit(root) {
  root.querySelectorAll(".dropped").forEach((one) => one.classList.remove("dropped"));
  LESS.forEach((less) => root.querySelectorAll("." + less).forEach((one) => one.classList.remove(less)));
  note(root);
  if (reads()) return;
  root.querySelectorAll("[data-fit]").forEach((box) => fitBox(box, root));
  trimLists(root);
  note(root);
  root.querySelectorAll("[data-fit]").forEach((box) => over(box) && fitBox(box, root));
}
