// What is being typed survives a reload and the way back: kept in this tab alone, until it is sent or given up.
import { afterRefresh } from "./panel.js";

const FIELDS = "textarea, input:not([type]), input[type=text], input[type=checkbox]";
const PREFIX = "draft:";

// A tab may be forbidden to keep anything: then nothing is kept.
function store(act) {
  try {
    return act(sessionStorage);
  } catch (error) {
    return null;
  }
}

/** Each field of a form with the name of its draft: several may have one name (the lines of a list). */
function fields(form) {
  const seen = {};
  return Array.from(form.querySelectorAll(FIELDS))
    .filter((field) => field.name)
    .map((field) => {
      seen[field.name] = (seen[field.name] || 0) + 1;
      return [`${PREFIX}${form.dataset.draft}:${field.name}:${seen[field.name]}`, field];
    });
}

const box = (field) => field.type === "checkbox";
const given = (field) => (box(field) ? field.defaultChecked : field.defaultValue);
const held = (field) => (box(field) ? field.checked : field.value);

function keep(form) {
  for (const [name, field] of fields(form)) {
    if (held(field) === given(field)) store((kept) => kept.removeItem(name));
    else store((kept) => kept.setItem(name, JSON.stringify([given(field), held(field)])));
  }
}

/** Only where the page still says what it said then: a question reworded since is not overwritten. */
function bring() {
  document.querySelectorAll("form[data-draft]").forEach((form) => {
    for (const [name, field] of fields(form)) {
      const [from, to] = JSON.parse(store((kept) => kept.getItem(name)) || "[]");
      if (to === undefined || from !== given(field) || held(field) !== from) continue;
      if (box(field)) field.checked = to;
      else field.value = to;
    }
  });
}

/** Sent, or given up. */
export function forget(form) {
  if (!form || !form.dataset.draft) return;
  const start = `${PREFIX}${form.dataset.draft}:`;
  store((kept) =>
    Object.keys(kept)
      .filter((name) => name.startsWith(start))
      .forEach((name) => kept.removeItem(name)),
  );
}

export function startDrafts() {
  bring();
  afterRefresh(bring);
  document.addEventListener("input", (event) => {
    const form = event.target.closest && event.target.closest("form[data-draft]");
    if (form) keep(form);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute("data-plain")) forget(event.target);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("[data-cancel]");
    if (link) forget(link.closest("form"));
  });
}
