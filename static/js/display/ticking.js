/* Time left, told between two pictures from the server's clock alone. */

import { serverNow } from "./servertime.js";
import { looking, lookAt, refresh, root } from "./screen.js";

const MARKS = [10, 5, 1]; // minutes that are announced
let asked = 0; // when a screen was last asked for because its time had come
let before = null; // time left at the tick before, to see a mark being crossed
let until = "";

function digits(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  return (hours ? hours + ":" : "") + two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
}

function put(name, text) {
  for (const one of root().querySelectorAll(`[data-tick="${name}"]`)) {
    if (one.textContent !== text) one.textContent = text;
  }
}

function announce(words, left) {
  const mark = MARKS.find((n) => before !== null && before > n * 60000 && left <= n * 60000);
  if (mark) document.getElementById("announce").textContent = words.announce[mark];
}

/** Words with the minutes left until their own instant: whose turn it is, and for how long. */
function tickLines(now) {
  for (const one of root().querySelectorAll("[data-until]")) {
    const left = Number(one.dataset.until) - now;
    const text = left > 0 ? one.dataset.words.replace("{n}", Math.ceil(left / 60000)) : one.dataset.over;
    if (one.textContent !== text) one.textContent = text;
  }
}

export function tick(words) {
  const { endsAt, refreshAt, total, timed } = root().dataset;
  const now = serverNow();
  tickLines(now);
  if (endsAt) {
    const left = Number(endsAt) - now;
    if (until !== endsAt) before = null;
    until = endsAt;
    put("left", left > 0 ? words.left.replace("{n}", Math.ceil(left / 60000)) : words.over);
    announce(words, left);
    before = left;
    if (left <= 0 && looking() === "countdown" && timed) lookAt("");
  }
  if (!refreshAt) return;
  const left = Number(refreshAt) - now;
  put("digits", digits(left));
  const bar = root().querySelector('[data-tick="bar"]');
  if (bar && total) bar.setAttribute("width", Math.max(0, Math.min(100, (100 * left) / total)).toFixed(1));
  if (left < -100 && performance.now() - asked > 1000) {
    asked = performance.now();
    refresh();
  }
}
