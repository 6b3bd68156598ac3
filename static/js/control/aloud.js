// A band that came while the page was open is said, once: a message that worries, above all.
import { afterRefresh } from "./panel.js";
import { say } from "./words.js";

let known = null;

function listen() {
  const bands = Array.from(document.querySelectorAll("[data-aloud]"));
  const now = bands.map((band) => band.dataset.aloud);
  if (known)
    bands
      .filter((band) => !known.includes(band.dataset.aloud))
      .forEach((band) => say(band.querySelector("p").textContent));
  known = now;
}

export function startAloud() {
  listen();
  afterRefresh(listen);
}
