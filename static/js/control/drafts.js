// What is being typed survives a reload and the way back: kept in this tab alone, until it is sent or given up.
import { afterRefresh } from "./panel.js";

const TYPED = "textarea, input:not([type]), input[type=text], input[type=email], input[type=search]";
const CHOSEN = "select, input[type=radio], input[type=checkbox]";
const PREFIX = "draft:";
const FORMS = "form[method=post]";

// A tab may be forbidden to keep anything: then nothing is kept.
function store(act) {
  try {
    return act(sessionStorage);
  } catch (error) {
    return null;
  }
}

/**
 * The name of a form's draft. Each form in which one types has one: its own (`data-draft`), else its address and what
 * it is about. "" for a form that is only ticked or pressed.
 */
function named(form) {
  if (form.dataset.draft) return form.dataset.draft;
  if (!form.querySelector(TYPED)) return "";
  const about = Array.from(form.querySelectorAll("input[type=hidden]")).filter((field) => field.name !== "csrf");
  return [form.getAttribute("action"), ...about.map((field) => field.value)].join(" ");
}

/**
 * Each field of a form with the name of its draft: several may have one name (the lines of a list). Never a secret; a
 * box is ticked again only in a form that says so: elsewhere it may be a promise (« J’ai compris »).
 */
function fields(form) {
  const seen = {};
  const boxes = form.dataset.draft ? "[data-confirms] *" : "[type=checkbox]";
  return Array.from(form.querySelectorAll(`${TYPED}, ${CHOSEN}`))
    .filter((field) => field.name && !field.hasAttribute("data-secret") && !field.matches(boxes))
    .map((field) => {
      seen[field.name] = (seen[field.name] || 0) + 1;
      return [`${PREFIX}${named(form)}:${field.name}:${seen[field.name]}`, field];
    });
}

const box = (field) => field.matches("[type=checkbox], [type=radio]");
const given = (field) => {
  if (box(field)) return field.defaultChecked;
  if (!field.matches("select")) return field.defaultValue;
  const first = Array.from(field.options).find((option) => option.defaultSelected) || field.options[0];
  return first ? first.value : "";
};
const held = (field) => (box(field) ? field.checked : field.value);

function keep(form) {
  if (!named(form)) return;
  for (const [name, field] of fields(form)) {
    if (held(field) === given(field)) store((kept) => kept.removeItem(name));
    else store((kept) => kept.setItem(name, JSON.stringify([given(field), held(field)])));
  }
}

/** Only where the page still says what it said then: a question reworded since is not overwritten. */
function bring() {
  document.querySelectorAll(FORMS).forEach((form) => {
    if (!named(form)) return;
    let brought = false;
    for (const [name, field] of fields(form)) {
      const [from, to] = JSON.parse(store((kept) => kept.getItem(name)) || "[]");
      if (to === undefined || from !== given(field) || held(field) !== from) continue;
      if (box(field)) field.checked = to;
      else field.value = to;
      brought = true;
    }
    const fold = brought && form.closest("details");
    if (fold) fold.open = true;
  });
}

/** Sent, or given up. */
export function forget(form) {
  if (!form || !named(form)) return;
  const start = `${PREFIX}${named(form)}:`;
  store((kept) =>
    Object.keys(kept)
      .filter((name) => name.startsWith(start))
      .forEach((name) => kept.removeItem(name)),
  );
}

/**
 * A setting that was typed and never sent must not pass for the one in force: where no draft is declared, it comes back
 * with a reload or the way back, not with a later visit.
 */
function leaveOthers() {
  const entry = (performance.getEntriesByType && performance.getEntriesByType("navigation")[0]) || {};
  if (entry.type !== "navigate") return;
  document.querySelectorAll(`${FORMS}:not([data-draft])`).forEach(forget);
}

export function startDrafts() {
  leaveOthers();
  bring();
  afterRefresh(bring);
  const typed = (event) => {
    const form = event.target.closest && event.target.closest(`#panel ${FORMS}`);
    if (form) keep(form);
  };
  document.addEventListener("input", typed);
  document.addEventListener("change", typed); // older browsers tell no « input » of a list or a box
  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute("data-plain")) forget(event.target);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("[data-cancel]");
    if (link) forget(link.closest("form"));
  });
}
