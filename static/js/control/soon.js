// While an exchange is under way the page asks how far it is; a filter applies as soon as it is chosen.
import { afterRefresh, hint } from "./panel.js";

/** Between two looks at what moves by itself (an exchange under way), in ms; a page may say another pace. */
const SOON = 700;

/** Nobody sees a tab that is behind another: it waits. */
function look() {
  if (document.hidden) setTimeout(look, SOON);
  else hint();
}

function ask() {
  const main = document.getElementById("contenu");
  if (main && main.hasAttribute("data-soon")) setTimeout(look, +main.dataset.soon || SOON);
}

export function startSoon() {
  ask();
  afterRefresh(ask);
  document.addEventListener("change", (event) => {
    const form = event.target.closest && event.target.closest("form[data-filter]");
    if (!form) return;
    const button = form.querySelector("button:not([type=button])");
    if (form.requestSubmit) form.requestSubmit();
    else if (button) button.click();
    else form.submit(); // Chrome before 76, Safari before 16: a filter is a plain address
  });
}
