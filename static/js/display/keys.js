/* Keyboard of this display. It looks; it never changes what the class lives. */

import { reads } from "./fit.js";
import { looking, lookAt, onDraw, root, speakingNow } from "./screen.js";

function neighbour(step) {
  const { live, screen } = root().dataset;
  const looks = document.body.dataset.looks.split(" ");
  const line = looks.includes(live) ? looks : [...looks, live];
  const next = line[line.indexOf(screen) + step];
  if (next) lookAt(next === live ? "" : next, speakingNow());
}

function fullScreen() {
  const page = document.documentElement,
    now = document.fullscreenElement || document.webkitFullscreenElement;
  const ask = now
    ? document.exitFullscreen || document.webkitExitFullscreen
    : page.requestFullscreen || page.webkitRequestFullscreen; // Safari before 16.4
  const done = ask && ask.call(now ? document : page);
  if (done) done.catch(() => {});
}

function speaker(number) {
  lookAt(looking(), speakingNow() === number ? 0 : number); // the server ignores one that is not there
}

/** The same screen as a page to read, and back. */
function read() {
  const query = new URLSearchParams(location.search);
  if (query.get("vue") === "lecture") query.delete("vue");
  else query.set("vue", "lecture");
  location.search = query;
}

function toggleHelp(help) {
  if (!help.showModal)
    help.toggleAttribute("open"); // Firefox before 98, Safari before 15.4
  else if (help.open) help.close();
  else help.showModal();
}

export function listen() {
  const help = document.getElementById("help");
  const note = document.getElementById("look");
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length === 1 && root().dataset.unkeyed) return; // single characters: turned off with the panel's
    if (event.key === "?") {
      event.preventDefault();
      toggleHelp(help);
    } else if (!help.hasAttribute("open")) act(event);
  });
  onDraw((screen) => {
    note.hidden = screen.dataset.screen === screen.dataset.live;
  });
}

function act(event) {
  if (reads() && /Page|Home/.test(event.key)) return; // they scroll
  const actions = {
    ArrowLeft: () => neighbour(-1),
    ArrowRight: () => neighbour(1),
    PageUp: () => neighbour(-1),
    PageDown: () => neighbour(1),
    Home: () => lookAt(""),
    Escape: () => lookAt(""),
    f: fullScreen,
    F: fullScreen,
    t: read,
    T: read,
    1: () => speaker(1),
    2: () => speaker(2),
    3: () => speaker(3),
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}
