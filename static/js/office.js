// The centre's list of questions, reordered by dragging. The rank to type does as much, without a script.
import { markDraggable, startDragging } from "./dragging.js";

const main = document.getElementById("contenu");
const trouble = document.getElementById("trouble");
const told = document.getElementById("moved");

/** What is shown becomes what the answer says; what was ticked stays so. A refusal is a page of its own. */
function show(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const sorting = page.getElementById("sorting");
  if (!sorting) {
    main.innerHTML = page.getElementById("contenu").innerHTML;
    main.focus();
    return;
  }
  const ticked = new Set(Array.from(document.querySelectorAll("#sorting [name=id]:checked"), (box) => box.value));
  sorting.querySelectorAll("[name=id][type=checkbox]").forEach((box) => {
    box.checked = ticked.has(box.value);
  });
  document.getElementById("sorting").replaceWith(sorting);
  markDraggable();
}

async function move(element, before) {
  const list = element.parentNode;
  const next = element.nextElementSibling;
  const body = new URLSearchParams(new FormData(element.querySelector("form.moves")));
  body.set("avant", before ? before.dataset.entry : list.dataset.next);
  body.set("ids", element.querySelector("[name=id][type=checkbox]").value); // its near ones too
  list.insertBefore(element, before); // at once; the answer is the truth
  trouble.hidden = true;
  try {
    const answer = await fetch(element.dataset.place, { method: "POST", body, credentials: "same-origin" });
    if (answer.status >= 500) throw new Error(answer.status);
    show(await answer.text());
    const there = document.getElementById(element.id);
    if (there) told.textContent = told.dataset.said.replace("{n}", there.querySelector(".rank").value);
  } catch (_lost) {
    list.insertBefore(element, next);
    trouble.hidden = false;
  }
}

document.documentElement.classList.add("js");
startDragging(move);
