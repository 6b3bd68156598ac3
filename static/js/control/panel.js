// Links and forms of the panel without leaving the page, and its refreshing.
import { holdsWork, morph } from "./morph.js";
import { say, word } from "./words.js";
import { forget } from "./drafts.js";

/** The least time between two refreshes asked by the server, in ms. */
const GAP = 400;
/** A machine that takes long to make the page is left twice that time for the class, up to this. In ms. */
const SLOW = 4000;
/** The words of the page grow old: minutes pass, devices come. In ms. */
const OLD = 30000;

let look = location.pathname + location.search;
let running = null;
let took = 0; // by the last refresh, in ms
let again = false;
let due = 0;
let pressed = 0; // until when a finger, a button or a drag holds the page, by performance.now()
const listeners = [];
let told = () => {};
let retry = 0;

/** A press holds the page no longer than this, nor a drag than that: their end may be lost. In ms. */
const PRESS = 3000;
const DRAG = 30000;
/** Between the end of a press and the click that the browser makes of it, in ms. */
const CLICK = 80;

/** Between two tries to fetch the page's inside when it does not come, in ms. */
const RETRY = 3000;

/** The sub-path of a relay in front of the kiosk; "" without one. */
export const base = () => document.documentElement.dataset.base || "";

const panel = () => document.getElementById("panel");
const main = () => document.getElementById("contenu");

/** Call `listener` after each refresh. */
export function afterRefresh(listener) {
  listeners.push(listener);
}

/** Call `listener` with whether the page's inside came, each time it is asked for. */
export function onFetched(listener) {
  told = listener;
}

/** The address that the page shows now. */
export function address() {
  return look;
}

const holdFor = (ms) => {
  pressed = performance.now() + ms;
};

/** While something is held (a drag), the page stays as it is. */
export function hold(on) {
  holdFor(on ? DRAG : 0);
}

/** Once nothing is held: a page that is swapped under a finger or a mouse button loses the click. */
async function released() {
  for (let left; (left = pressed - performance.now()) > 0;)
    await new Promise((done) => setTimeout(done, Math.min(left, 40)));
}

/** Once nothing is being fetched: the page is as the server last said. */
export async function settled() {
  while (running) await running;
}

/** Show why something did not happen; "" clears it. */
export function trouble(text) {
  const place = document.getElementById("trouble");
  if (!place) {
    say(text);
    return;
  }
  place.hidden = !text;
  place.textContent = text;
  place.toggleAttribute("data-still", Boolean(text));
  if (text && place.scrollIntoView) place.scrollIntoView({ block: "nearest" });
}

/** Fetch the page's inside again, now; calls made meanwhile become one more fetch. */
export function refresh(focus = "") {
  if (running) {
    again = focus || again || true;
    return running;
  }
  const began = performance.now();
  running = once(focus).finally(() => {
    running = null;
    took = performance.now() - began;
    if (again) {
      const wanted = again === true ? "" : again;
      again = false;
      refresh(wanted);
    }
  });
  return running;
}

/** The server says that something changed: refresh soon, and not while a finger is on the screen. */
export function hint() {
  if (due) return;
  due = setTimeout(
    async () => {
      await released();
      due = 0;
      refresh();
    },
    Math.min(Math.max(GAP, 2 * took), SLOW),
  );
}

/** The page is no longer what the kiosk says: told, and asked for again until it comes. */
function missed() {
  told(false);
  clearTimeout(retry);
  retry = setTimeout(refresh, RETRY * (0.5 + Math.random()));
}

async function once(focus) {
  const name = panel().dataset.page,
    whole = "kept" in panel().dataset; // of the other pages, only the bands above everything are kept up to date
  const asked = look;
  let answer;
  try {
    answer = await fetch(`${base()}/prof/fragment/${whole ? name : "bands"}${new URL(asked, location.href).search}`, {
      headers: { "X-Fragment": "1" },
      credentials: "same-origin",
    });
  } catch (error) {
    missed();
    return;
  }
  if (answer.status === 401 || answer.status === 403) {
    location.reload();
    return;
  }
  if (answer.status === 404) reloadIfIdle(); // the room is gone: the page says so, and where to go
  if (!answer.ok) {
    missed();
    return;
  }
  const html = await answer.text();
  await released();
  clearTimeout(retry);
  told(true);
  if (asked !== look) {
    again = again || true;
    return;
  }
  const before = document.activeElement;
  const inside = panel().contains(before);
  const place = whole ? panel() : document.getElementById("bands");
  if (!place) return;
  const lost = morph(place, html);
  if (lost) {
    trouble(lost);
  }
  if (main() && main().dataset.title) document.title = main().dataset.title;
  listeners.forEach((listener) => listener());
  settle(focus, inside);
}

/** Put the focus where the work goes on: the form just opened, or the question now selected. */
function settle(focus, wasInside) {
  if (focus === "care") {
    toCare();
    return;
  }
  const form = focus === "form" && panel().querySelector("[data-focus]");
  if (form) {
    form.focus({ preventScroll: true });
    const entry = form.closest("li, form") || form;
    if (entry.scrollIntoView) entry.scrollIntoView({ block: "nearest" });
    if (form.setSelectionRange && form.matches("textarea"))
      form.setSelectionRange(form.value.length, form.value.length);
    return;
  }
  const gone = document.activeElement === document.body || document.activeElement === null;
  if (!(gone && wasInside) && focus !== "list") return;
  const next =
    panel().querySelector(".sel [data-line]") ||
    panel().querySelector(".sel [data-key=v], .sel [data-key=g], .sel [data-key=e], .sel a, .sel button") ||
    panel().querySelector("#queue-title, h1");
  if (!next) return;
  if (/^H/.test(next.tagName)) next.tabIndex = -1;
  next.focus({ preventScroll: true });
  const entry = next.closest("li") || next;
  if (entry.scrollIntoView) entry.scrollIntoView({ block: "nearest" });
}

/** A worrying message was opened, folded or dealt with: reading goes on at its title, far from any button of a question. */
function toCare() {
  const open = new URL(look, location.href).searchParams.get("ouvert") || "";
  const cares = Array.from(panel().querySelectorAll("[data-care]"));
  const next = (cares.find((care) => care.dataset.care === open) || cares[0] || panel()).querySelector("h2");
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  if (next.scrollIntoView) next.scrollIntoView({ block: "nearest" });
}

/** Go to another state of this page. */
export function go(to, { push = false, focus = "" } = {}) {
  look = to;
  history[push ? "pushState" : "replaceState"](null, "", to);
  return refresh(focus);
}

/** Show the box of a form that confirms what was refused with this code, and no other. */
function confirms(form, code = "") {
  form.querySelectorAll("[data-confirms]").forEach((box) => {
    box.hidden = box.dataset.confirms !== code;
    box.toggleAttribute("data-still", !box.hidden); // no refresh takes it away
  });
}

/** Send an action; true when it was done. `fields` are pairs. */
export async function send(action, fields, { form = null, focus = "" } = {}) {
  const body = new URLSearchParams(fields);
  const csrf = document.querySelector("#panel input[name=csrf]");
  trouble("");
  let answer;
  try {
    answer = await fetch(action, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-Fragment": "1", "X-CSRF": csrf ? csrf.value : "" },
    });
  } catch (error) {
    trouble(word("failed"));
    return false;
  }
  if (answer.status === 401) {
    location.reload();
    return false;
  }
  if (!answer.ok) {
    const refusal = await answer.json().catch(() => null);
    await refresh();
    trouble(refusal && refusal.error ? refusal.error.message : word("failed"));
    if (form && refusal && refusal.error) confirms(form, refusal.error.code);
    return false;
  }
  const then = answer.headers.get("X-Then");
  if (form) {
    confirms(form);
    form.reset();
    forget(form);
  }
  if (then && new URL(then, location.href).pathname !== location.pathname) {
    location.assign(then);
    return true;
  }
  await settled();
  await go(then || look, { focus });
  return true;
}

function fieldsOf(form, button) {
  const fields = Array.from(new FormData(form).entries()).filter(([, value]) => typeof value === "string");
  if (button && button.name) fields.push([button.name, button.value]);
  if (form.hasAttribute("data-takes-picks")) {
    document.querySelectorAll("input[name=ids]:checked").forEach((box) => fields.push(["ids", box.value]));
  }
  return fields;
}

// Which button sent a form, for browsers that do not say (Chrome before 81, Safari before 15.4): the last one pressed.
// Enter in a field presses the first button itself.
let lastPressed = null;
let single = false; // a mouse's first click: it says itself when it is the second of a double click
let finger = false;
addEventListener(
  "click",
  (event) => {
    single = event.detail === 1 && !finger;
    const button = event.target.closest && event.target.closest("button, input[type=submit]");
    if (button) lastPressed = button;
  },
  true,
);

function pressedIn(event) {
  const last = lastPressed;
  lastPressed = null;
  if (event.submitter) return event.submitter;
  return last && last.form === event.target ? last : event.target.querySelector("button:not([type=button])");
}

/** What the act of a form leaves, when it goes on to the next or turns something about; undefined for another. */
export const leaves = (form) => (form.elements.depuis ? form.elements.depuis.value : form.dataset.leaves);

/** Such an act pressed twice at once (a double click, a key that bounces) is done once, though the page may already show
 * the next one under the second press. The longest double click, in ms. */
const TWICE = 500;
let left = { at: -TWICE };

function pressedTwice(form) {
  const what = leaves(form),
    before = left,
    now = performance.now();
  left = { what, at: what === undefined ? -TWICE : now }; // another act between the two: both were meant
  if (what === undefined || single || now - before.at >= TWICE || what === before.what) return false;
  left.what = before.what;
  return true;
}

// What each form is sending: the same press twice counts once, another press on it waits for its turn.
const sending = new WeakMap();

async function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || !panel().contains(form)) return;
  if (form.hasAttribute("data-plain") || form.getAttribute("method") !== "post") return;
  event.preventDefault();
  const button = pressedIn(event);
  if (pressedTwice(form)) return;
  const action = (button && button.getAttribute("formaction")) || form.getAttribute("action");
  const inQueue = Boolean(form.closest("#queue"));
  const fields = fieldsOf(form, button);
  const press = JSON.stringify([action, fields]),
    before = sending.get(form);
  if (before && before.press === press) return;
  const focus = form.closest(".care") ? "care" : inQueue && form.closest(".sel, [data-noting]") ? "list" : "";
  const turn = Promise.resolve(before && before.turn).then(() => send(action, fields, { form, focus }));
  sending.set(form, { press, turn });
  const done = await turn;
  if (sending.get(form).turn === turn) sending.delete(form);
  if (done && form.hasAttribute("data-close")) form.closest("details").open = false;
  if (done && /faire=saisir/.test(look)) settle("form", true);
}

function onClick(event) {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target.closest && event.target.closest("#panel a[href]");
  if (!link || link.target || link.hasAttribute("data-copy")) return;
  const to = new URL(link.href, location.href);
  if (to.origin !== location.origin || to.pathname !== location.pathname || to.hash) return;
  if (to.searchParams.get("salle") !== new URL(look, location.href).searchParams.get("salle")) return;
  event.preventDefault();
  trouble("");
  const opening = to.searchParams.has("faire") || to.searchParams.has("modifier");
  const focus = link.hasAttribute("data-fold")
    ? "care"
    : opening
      ? "form"
      : link.hasAttribute("data-open") || link.hasAttribute("data-cancel")
        ? "list"
        : "";
  go(to.pathname + to.search, { push: !link.hasAttribute("data-cancel"), focus });
}

export function startPanel() {
  if (panel().querySelector("[data-focus]")) settle("form", false);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", onClick);
  addEventListener("popstate", () => {
    look = location.pathname + location.search;
    refresh();
  });
  addEventListener(
    "pointerdown",
    (event) => {
      finger = event.pointerType !== "mouse";
      holdFor(PRESS);
    },
    true,
  );
  ["pointerup", "pointercancel"].forEach((name) => addEventListener(name, () => holdFor(CLICK), true));
  addEventListener("blur", () => holdFor(CLICK)); // of the window: its own blurs, a field's do not come up to it
  addEventListener("keydown", (event) => event.key === " " && holdFor(PRESS), true); // it presses when it comes up
  addEventListener("keyup", (event) => event.key === " " && holdFor(CLICK), true);
  addEventListener("pageshow", (event) => {
    if (event.persisted) refresh();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) hint();
  });
  setInterval(() => {
    if (!document.hidden) hint();
  }, OLD);
}

/** Load the page anew (a newer version is served), unless that would lose typed text. */
export function reloadIfIdle() {
  if (!holdsWork(panel())) location.reload();
}
