// While an exchange is under way the page asks how far it is; a filter applies as soon as it is chosen.
import { afterRefresh, hint } from "./panel.js";

/** Between two looks at an exchange under way, in ms. */
const SOON = 700;

function ask() {
  const main = document.getElementById("contenu");
  if (main && main.hasAttribute("data-soon")) setTimeout(hint, SOON);
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
