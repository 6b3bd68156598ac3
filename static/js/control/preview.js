// « Créer une séance »: what the class will see, while it is typed. The server writes it, as it will write the pages.
import { holdsWork, morph } from "./morph.js";

/** Nothing typed for so long: it is looked at. In ms. */
const PAUSE = 300;
let due = 0;
let asked = 0;

async function look(form) {
  const mine = ++asked;
  const fields = Array.from(new FormData(form).entries()).filter(([, value]) => typeof value === "string");
  let answer;
  try {
    answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: new URLSearchParams([...fields, ["puis", "apercu"]]),
      credentials: "same-origin",
    });
  } catch (error) {
    return; // the next key asks again
  }
  if (!answer.ok) return;
  const html = await answer.text();
  if (mine !== asked) return;
  new DOMParser()
    .parseFromString(html, "text/html")
    .querySelectorAll("[data-seen]")
    .forEach((fresh) => {
      const place = document.getElementById(fresh.id);
      if (place) morph(place, fresh.innerHTML);
    });
}

export function startPreview() {
  const form = document.querySelector("form[data-preview]");
  if (!form) return;
  const soon = () => {
    clearTimeout(due);
    due = setTimeout(look, PAUSE, form);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon); // older browsers tell no « input » of a list or a box
  if (holdsWork(form)) soon(); // a draft came back
}
