// The sentences that scripts say: written by the server, in the page's language.
export function word(name, values = {}) {
  const words = document.getElementById("words");
  let text = (words && words.dataset[name]) || "";
  for (const key of Object.keys(values)) text = text.split(`%(${key})s`).join(String(values[key]));
  return text;
}

/** Say something to people who listen rather than look. */
export function say(text) {
  const place = document.getElementById("said");
  if (!place || !text) return;
  place.textContent = "";
  setTimeout(() => {
    place.textContent = text;
  }, 50);
}
