/* The screen: fetched as HTML, morphed in so that nothing flickers, made to fit. */

import { Idiomorph } from "idiomorph";
import { fit } from "./fit.js";
import { guess } from "./servertime.js";

const CARD_AFTER = 60; // seconds without any phone
const RETRY = [2000, 5000]; // after a failed fetch: between the two, at random
const REFUSALS = 2; // refused once more than that by the kiosk itself: the whole page is asked for

const opened = performance.now();
const listeners = [];
let look = "";
let speaking = 0;
let fetching = false;
let again = false;
let retry = 0;
let drawnAt = opened;
let stale = null; // since when no screen came, although asked for
let turnedAway = 0; // times in a row that the kiosk itself said no

/** The sub-path of a relay in front of the kiosk; "" without one. */
export const base = () => document.documentElement.dataset.base || "";
export const root = () => document.getElementById("screen");
export const looking = () => look;
export const speakingNow = () => speaking;
export const onDraw = (listener) => listeners.push(listener);
/** How long the screen has failed to come, in ms; 0 when it came. */
export const staleFor = () => (stale === null ? 0 : performance.now() - stale);

/** Look at another screen on this display alone; "" goes back to what the class lives. */
export function lookAt(screen, speaker = 0) {
  if (screen === look && speaker === speaking) return;
  look = screen;
  speaking = speaker;
  refresh();
}

function address() {
  const query = new URLSearchParams(location.search);
  if (look) query.set("regard", look);
  if (speaking) query.set("orateur", speaking);
  return `${base()}/ecran/fragment?${query}`;
}

/** Fetch the screen and show it. One at a time; asked meanwhile, once more after. */
export async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  clearTimeout(retry);
  try {
    const answer = await fetch(address(), {
      cache: "no-store",
      headers: { "X-Fragment": "1" },
      signal: timeLimit(8000),
    });
    turnedAway = [401, 403, 404].includes(answer.status) ? turnedAway + 1 : 0;
    if (turnedAway > REFUSALS) return location.reload(); // the room is gone, the link no longer good: the page says so
    if (!answer.ok) throw new Error(answer.status);
    draw(await answer.text());
    stale = null;
  } catch (error) {
    stale = stale === null ? performance.now() : stale;
    retry = setTimeout(refresh, RETRY[0] + Math.random() * (RETRY[1] - RETRY[0]));
  }
  fetching = false;
  if (again) {
    again = false;
    refresh();
  }
}

function timeLimit(ms) {
  const control = new AbortController();
  setTimeout(() => control.abort(), ms);
  return control.signal;
}

function draw(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("screen");
  if (!fresh) throw new Error("no screen in the answer");
  const before = root();
  const moved = before.dataset.phase !== fresh.dataset.phase;
  if (before.classList.contains("waiting")) fresh.classList.add("waiting");
  Idiomorph.morph(before, fresh, { morphStyle: "outerHTML" });
  document.documentElement.dataset.theme = root().dataset.theme;
  drawnAt = performance.now();
  settle();
  if (moved && (look || speaking)) {
    look = "";
    speaking = 0;
    again = true;
  }
}

/** After any change of the screen: clock, card, size, then whoever listens. */
export function settle() {
  guess(Number(root().dataset.now));
  card();
  listeners.forEach((listener) => listener(root()));
  fit(root());
}

/** « Rien n'arrive ? » once the class has looked at the code for a minute and no phone has come. */
export function card() {
  const note = root().querySelector(".nothing");
  const now = performance.now();
  const waited = note ? Math.min(Number(note.dataset.waited) + (now - drawnAt) / 1000, (now - opened) / 1000) : 0;
  const shown = waited >= CARD_AFTER;
  if (root().classList.contains("waiting") === shown) return;
  root().classList.toggle("waiting", shown);
  fit(root());
}
