/* Keeps the screen on. The browser only lets a page do it on https, http://127.0.0.1 or http://localhost:
   opened at another plain address the display says so in its help, and the machine's own sleep settings decide
   (a silent video would not do: the browser ignores one that has no sound). */

let lock = null;

async function take(words) {
  const note = document.getElementById("awake");
  if (!navigator.wakeLock) {
    note.textContent = words.sleepy;
    return;
  }
  if (document.visibilityState !== "visible" || (lock && !lock.released)) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    note.textContent = words.awake;
  } catch (error) {
    note.textContent = words.sleepy; // battery saver, or a policy of the school
  }
}

export function stayAwake(words) {
  take(words);
  addEventListener("visibilitychange", () => take(words));
  addEventListener("focus", () => take(words));
  setInterval(() => take(words), 60000);
}
