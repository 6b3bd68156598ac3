// One key, one action: never while typing, and only if the room wants it.
import { address, afterRefresh, go, leaves, settled } from "./panel.js";

const TYPING =
  "textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit])";
const SELECTED = ["v", "e", "x", "r", "g", "d"];
let wanted = "";

const entries = () => Array.from(document.querySelectorAll("#list > [data-entry]"));
const visible = (element) => Boolean(element && element.offsetParent !== null && !element.disabled);

function target(key) {
  const places = SELECTED.includes(key) ? [`.sel [data-key="${key}"]`] : [`[data-key="${key}"]`];
  return places.map((place) => Array.from(document.querySelectorAll(`#panel ${place}`)).find(visible)).find(Boolean);
}

/** Select the next or previous question; fast presses add up before the server answers. */
function move(step) {
  const all = entries();
  if (!all.length) return;
  const at = all.findIndex((entry) => (wanted ? entry.dataset.entry === wanted : entry.classList.contains("sel")));
  const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
  wanted = next.dataset.entry;
  all.forEach((entry) => entry.toggleAttribute("data-aimed", entry === next));
  if (next.scrollIntoView) next.scrollIntoView({ block: "nearest" });
  const to = next.dataset.look;
  if (to !== address()) go(to, { focus: "list" });
}

/** Whether the focus is in a form that the teacher opened and can close. */
function inForm(place) {
  const form = place && place.closest && place.closest("form");
  return Boolean(form && form.querySelector("[data-cancel]"));
}

function help() {
  const dialog = document.getElementById("help");
  if (!dialog || !dialog.showModal) return;
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

function escape() {
  const cancel = Array.from(document.querySelectorAll("#panel [data-cancel]")).find(visible);
  if (cancel) cancel.click();
  return Boolean(cancel);
}

/** What a key would act on, on the page as it is shown; "" when that does not matter, or was just aimed at. */
function subject(key) {
  const button = target(key);
  if (!button || (SELECTED.includes(key) && wanted)) return "";
  const entry = button.closest("[data-entry]");
  if (SELECTED.includes(key)) return entry ? entry.dataset.entry : "";
  return button.form ? [leaves(button.form), button.name, button.value].join() : "";
}

/** A key means what the page shows when it is pressed: what a refresh on its way puts in that place, nobody saw. */
async function press(key) {
  const meant = subject(key);
  await settled();
  if (inForm(document.activeElement)) return; // typed while a form was on its way
  const button = target(key);
  if (button && (!meant || meant === subject(key))) button.click();
}

function onKey(event) {
  if (event.defaultPrevented || event.altKey || event.metaKey || event.isComposing) return;
  const place = event.target;
  if (event.key === "Enter" && event.ctrlKey && place.form) {
    const button = place.form.querySelector("[data-submit]");
    if (button) {
      event.preventDefault();
      button.click();
    }
    return;
  }
  if (event.ctrlKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (escape()) event.preventDefault();
    return;
  }
  if (!document.getElementById("panel").classList.contains("keyed") || place.matches(TYPING)) return;
  if (inForm(place)) return;
  const key = event.key.toLowerCase();
  if (key === "?") {
    event.preventDefault();
    help();
    return;
  }
  if (event.repeat && key !== "j" && key !== "k") return;
  if (key === "j" || key === "k") {
    event.preventDefault();
    move(key === "j" ? 1 : -1);
    return;
  }
  if (/^[vexrgdcnszb1-5]$/.test(key)) {
    event.preventDefault();
    press(key);
  }
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-help]")) help();
  });
  afterRefresh(() => {
    wanted = "";
    entries().forEach((entry) => entry.removeAttribute("data-aimed"));
  });
}
