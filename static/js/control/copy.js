// Copying for the meeting's conversation. A kiosk speaks plain HTTP, where the clipboard API is refused:
// then a selected field and the old command do it, and if even that fails the text is shown, selected.
import { afterRefresh } from "./panel.js";
import { say, word } from "./words.js";

async function put(text) {
  if (window.isSecureContext && navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (error) {
      /* the old way below */
    }
  }
  return putOld(text);
}

function putOld(text) {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "sr";
  field.setAttribute("aria-hidden", "true");
  document.body.appendChild(field);
  field.select();
  field.setSelectionRange(0, text.length);
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch (error) {
    done = false;
  }
  field.remove();
  if (before && before.focus) before.focus({ preventScroll: true });
  return done;
}

/** Nothing could copy by itself: show the text, selected. */
function show(text, near) {
  const old = document.getElementById("by-hand");
  if (old) old.remove();
  const box = document.createElement("div");
  box.id = "by-hand";
  box.className = "stack pane";
  box.setAttribute("data-still", "");
  const label = document.createElement("label");
  label.className = "label";
  label.htmlFor = "by-hand-text";
  label.textContent = word("copyfail");
  const field = document.createElement("textarea");
  field.id = "by-hand-text";
  field.readOnly = true;
  field.rows = 3;
  field.value = text;
  box.append(label, field);
  (near.closest("section, main") || document.body).appendChild(box);
  field.focus();
  field.select();
}

const picks = () => Array.from(document.querySelectorAll("#list input[name=ids]:checked"));

/** The message for several questions; as kiosk/domain/questions/relay.py writes it. */
function several(lines) {
  const head = document.getElementById("contenu").dataset.head || "";
  if (lines.length === 1) return head ? `${head} : ${lines[0]}` : lines[0];
  const numbered = lines.map((line, index) => `${index + 1}. ${line}`);
  return (head ? [`${head} :`, ...numbered] : numbered).join("\n");
}

function label() {
  const place = document.querySelector("[data-copy-label]");
  if (!place) return;
  const n = picks().length;
  if (!place.dataset.usual) place.dataset.usual = place.textContent;
  place.textContent = n === 0 ? place.dataset.usual : n === 1 ? word("chosenone") : word("chosen", { n });
  document.querySelectorAll("[data-copy-several], [data-asked-several]").forEach((button) => {
    button.disabled = n === 0;
  });
  const bar = document.getElementById("bulk");
  if (bar) bar.classList.toggle("unpicked", !n); // it stays in sight once something is ticked
}

async function copy(button, text) {
  if (!text) return;
  if (!(await put(text))) {
    show(text, button);
    return;
  }
  say(word("copied"));
  const place = button.querySelector("span") || button;
  if (button.hasAttribute("data-copied")) return;
  const usual = place.textContent;
  button.setAttribute("data-copied", "");
  button.setAttribute("data-still", "");
  place.textContent = word("copied");
  setTimeout(() => {
    button.removeAttribute("data-copied");
    button.removeAttribute("data-still");
    place.textContent = usual;
    label();
  }, 2000);
}

export function startCopy() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-copy], [data-copy-several]");
    if (!button || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    copy(
      button,
      button.hasAttribute("data-copy") ? button.dataset.text : several(picks().map((box) => box.dataset.text)),
    );
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "ids") label();
  });
  document.querySelectorAll("[data-unhide]").forEach((button) => {
    button.hidden = false;
  });
  const text = document.getElementById("a-copier");
  if (text) text.select();
  label();
  afterRefresh(label);
}
