// The live link: hints from the server, for ever; a word when it is cut, the page again when it is back.
import { io } from "socket.io-client";
import { afterRefresh, base, hint, onFetched, refresh, reloadIfIdle } from "./panel.js";
import { setOffset } from "./timer.js";
import { say, word } from "./words.js";

/** A short cut is not worth a word, in ms. */
const PATIENCE = 1500;
/** How often to knock again when the server shut the door, in ms. */
const KNOCK = 4000;

let lostTimer = 0;
let lost = false;
let usual = "";
let build = "";

function badge() {
  const place = document.getElementById("link");
  if (!place) return;
  const label = place.querySelector("span");
  if (!lost) usual = label.textContent;
  document.body.classList.toggle("cut", lost);
  place.classList.toggle("lost", lost);
  place.toggleAttribute("data-still", lost);
  label.textContent = lost ? word("lost") : usual;
  const sign = place.querySelector("use");
  if (sign && lost) sign.setAttribute("href", "#i-warn");
}

// What is cut: the live link, or the pages it announces (a filter, a removed room, a server in trouble).
const down = { link: false, page: false };

function changed(what, is) {
  down[what] = is;
  if (down.link || down.page) cut();
  else back();
}

function cut() {
  if (lost || lostTimer) return;
  lostTimer = setTimeout(() => {
    lostTimer = 0;
    lost = true;
    badge();
    say(word("lost"));
  }, PATIENCE);
}

function back() {
  clearTimeout(lostTimer);
  lostTimer = 0;
  if (!lost) return;
  lost = false;
  document.body.classList.remove("cut");
  const place = document.getElementById("link");
  if (place) {
    place.removeAttribute("data-still");
    place.classList.remove("lost");
    place.querySelector("span").textContent = usual;
  }
  say(word("back"));
}

function measure(socket) {
  const sent = Date.now();
  socket.timeout(4000).emit("clock", { t: sent }, (error, answer) => {
    if (error || !answer || !answer.ok) return;
    const now = answer.now;
    if (typeof now === "number") setOffset(now - (sent + Date.now()) / 2);
  });
}

export function startLink() {
  const panel = document.getElementById("panel");
  const socket = io("/control", {
    path: `${base()}/socket.io`,
    auth: { room: panel.dataset.room, lang: panel.dataset.lang },
    query: { salle: panel.dataset.room }, // what a relay spreads rooms by (docs/grande-echelle.md)
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
    randomizationFactor: 0.5,
  });
  let first = true;
  socket.on("connect", () => {
    changed("link", false);
    measure(socket);
    if (!first) refresh();
    first = false;
  });
  socket.on("hello", (hello) => {
    if (build && hello.build && hello.build !== build) reloadIfIdle();
    build = hello.build || build;
    hint();
  });
  socket.on("changed", hint);
  socket.on("joins", hint);
  socket.on("revoked", () => {
    say(word("ended"));
    location.reload();
  });
  socket.on("disconnect", (reason) => {
    changed("link", true);
    if (reason === "io server disconnect") setTimeout(() => socket.connect(), KNOCK);
  });
  socket.on("connect_error", (error) => {
    changed("link", true);
    const code = error && error.data && error.data.code;
    if (code === "forbidden" || code === "login_required" || code === "unknown_room") refresh();
    if (!socket.active) setTimeout(() => socket.connect(), KNOCK);
  });
  setInterval(() => {
    if (socket.connected) measure(socket);
  }, 60000);
  addEventListener("online", () => {
    if (!socket.connected) socket.connect();
  });
  afterRefresh(() => {
    if (lost) badge();
  });
  onFetched((came) => changed("page", !came));
}
