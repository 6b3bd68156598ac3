// The timer ticks on the server's clock; the words are those of kiosk/web/teacher/timing.py.
import { afterRefresh } from "./panel.js";
import { word } from "./words.js";

let offset = null;
let exact = false;

/** How far the server's clock is ahead of this device's, in ms, measured by a round trip. */
export function setOffset(ms) {
  offset = ms;
  exact = true;
  tick();
}

/** The server's time now, in UTC ms. */
export function serverNow() {
  return Date.now() + (offset || 0);
}

function length(ms) {
  const minutes = Math.ceil(Math.max(0, ms) / 60000);
  if (minutes < 60) return word("min", { n: minutes });
  return word("h", { hours: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, "0") });
}

function learn() {
  if (exact) return;
  const place = document.querySelector("[data-now]");
  if (place && (offset === null || Math.abs(Number(place.dataset.now) - serverNow()) > 2000)) {
    offset = Number(place.dataset.now) - Date.now();
  }
}

function tick() {
  const timer = document.getElementById("timer");
  if (timer && timer.dataset.ends) {
    const left = Number(timer.dataset.ends) - serverNow();
    const text = left < 0 ? word("over", { time: length(-left) }) : word("left", { time: length(left) });
    if (timer.textContent !== text) timer.textContent = text;
    timer.classList.toggle("over", left < 0);
  }
  document.querySelectorAll("[data-until]").forEach((one) => {
    const left = Number(one.dataset.until) - serverNow();
    const text = left > 0 ? one.dataset.words.replace("{n}", Math.ceil(left / 60000)) : one.dataset.over;
    if (one.textContent !== text) one.textContent = text;
  });
  const clock = document.getElementById("kiosk-time");
  if (clock) showClock(clock);
}

function said(ms, zone) {
  const parts = new Intl.DateTimeFormat("fr-FR", {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: zone,
  }).formatToParts(new Date(ms));
  const part = (type) => (parts.find((one) => one.type === type) || { value: "" }).value;
  if (document.documentElement.lang === "en") return `${part("hour")}:${part("minute")}`;
  return `${Number(part("hour"))}\u00a0h\u00a0${part("minute")}`;
}

function showClock(clock) {
  const zone = clock.dataset.zone;
  const text = said(serverNow(), zone);
  if (clock.textContent !== text) clock.textContent = text;
  const form = document.getElementById("clock-form");
  if (!form) return;
  form.hidden = Math.abs(serverNow() - Date.now()) < Number(form.dataset.tolerated);
  const differs = form.querySelector("[data-differs]");
  if (!form.hidden && differs)
    differs.textContent = differs.textContent.replace(/—|\d{1,2}\s?[h:]\s?\d\d/, said(Date.now(), zone));
  form.querySelector("[name=maintenant]").value = String(Date.now());
}

export function startTimer() {
  learn();
  tick();
  setInterval(tick, 500);
  afterRefresh(() => {
    learn();
    tick();
  });
}
