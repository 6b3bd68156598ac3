/* Nothing scrolls and nothing is cut: a text that does not fit gets a little smaller, then what is
   secondary leaves (data-drop, highest first). The server's classes already come close. */

const STEPS = [1, 0.94, 0.88, 0.82];
const LAST = [0.76, 0.7, 0.64, 0.58, 0.52, 0.46, 0.4];

function over(box) {
  return box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1;
}

function brokenWord(box) {
  // Long words may break anywhere in the end; before that, they make the text smaller.
  return Array.from(box.querySelectorAll("h1, .job, .to, .ask li")).some((one) => one.scrollWidth > one.clientWidth + 1);
}

function shrink(box, steps) {
  for (const step of steps) {
    box.style.setProperty("--fit", step);
    if (!over(box) && !brokenWord(box)) return true;
  }
  return false;
}

function fitBox(box) {
  box.classList.add("measuring");
  const secondary = Array.from(box.querySelectorAll("[data-drop]"));
  secondary.sort((a, b) => b.dataset.drop - a.dataset.drop);
  while (!shrink(box, STEPS)) {
    const next = secondary.shift();
    if (!next) {
      shrink(box, LAST);
      break;
    }
    next.classList.add("dropped");
  }
  box.classList.remove("measuring");
}

/** A list in which not even its first item fits leaves with its title. */
function dropSqueezed(root) {
  for (const list of root.querySelectorAll(".fit")) {
    const first = list.firstElementChild;
    const block = list.closest("[data-drop]");
    if (first && block && list.clientHeight && first.offsetHeight > list.clientHeight + 1) block.classList.add("dropped");
  }
}

export function fit(root) {
  root.querySelectorAll(".dropped").forEach((one) => one.classList.remove("dropped"));
  root.querySelectorAll("[data-fit]").forEach(fitBox);
  dropSqueezed(root);
  root.querySelectorAll("[data-fit]").forEach((box) => over(box) && fitBox(box));
}
