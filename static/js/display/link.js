/* The one socket of this page. It brings hints; the screen is always fetched whole. It retries for ever. */

import { io } from "socket.io-client";
import { base, refresh, root, staleFor } from "./screen.js";
import { forget, guess, measured, slept } from "./servertime.js";

const SILENCE = 25000; // without a word for this long, the display is offline
const GRACE = 1500; // a cut shorter than this is not shown
const BEAT = 8000;

let socket = null;
let boot = "";
let heard = performance.now();
let lost = null; // since when the socket is down
const between = (low, high) => low + Math.random() * (high - low);

function alive() {
  heard = performance.now();
}

function beat() {
  if (!socket.connected) return;
  const sent = performance.now();
  socket.timeout(SILENCE).emit("clock", { t: Math.round(sent) }, (error, answer) => {
    if (error || !answer || !answer.ok) return;
    alive();
    measured(sent, performance.now(), answer.now);
  });
}

function greeted(hello) {
  alive();
  if (boot && boot !== hello.boot) forget();
  boot = hello.boot;
  guess(hello.now);
  if (hello.build !== document.body.dataset.build && sessionStorage.getItem("reloaded") !== hello.build) {
    sessionStorage.setItem("reloaded", hello.build); // once: a proxy may keep serving the old page
    location.reload();
    return;
  }
  refresh();
  beat();
  setTimeout(beat, 700);
  setTimeout(beat, 1500);
}

function hinted(change) {
  alive();
  if (!change.rev || change.rev > Number(root().dataset.rev)) refresh();
}

function watch(badge) {
  const now = performance.now();
  const down = lost !== null && now - lost > GRACE;
  const silent = now - heard > SILENCE;
  badge.hidden = !(down || silent || staleFor() > GRACE);
  document.body.classList.toggle("noted", !badge.hidden || !document.getElementById("look").hidden);
  document.body.classList.toggle("cut", !badge.hidden); // what it shows may no longer be so
  if (silent && socket.connected) socket.io.engine.close(); // half-open: start again
  if (slept()) {
    forget();
    wake();
  }
}

/** After a sleep, a closed lid, a hidden tab: ask for everything. */
function wake() {
  refresh();
  if (socket.connected) {
    heard = Math.max(heard, performance.now() - SILENCE + 5000); // five seconds to answer
    beat();
  } else socket.connect();
}

/** How this window lays the screen out, as the panel says it. */
function viewNow() {
  const asked = new URLSearchParams(location.search).get("vue") === "bandeau";
  return asked || matchMedia("(max-aspect-ratio: 3/4)").matches ? "bandeau" : "ecran";
}

export function connect(badge) {
  const query = new URLSearchParams(location.search);
  const auth = {
    token: query.get("jeton") || "",
    room: query.get("salle") || "",
    lang: document.documentElement.lang,
    view: viewNow(),
  };
  socket = io("/display", {
    path: `${base()}/socket.io`,
    auth,
    query: { salle: auth.room },
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    timeout: 8000,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
    randomizationFactor: 0.5,
  });
  socket.on("hello", greeted);
  socket.on("changed", hinted);
  socket.on("joins", () => {
    alive();
    refresh();
  });
  socket.on("connect", () => {
    lost = null;
    alive();
  });
  socket.on("disconnect", () => {
    lost = lost === null ? performance.now() : lost;
    if (!socket.active) setTimeout(() => socket.connect(), between(1000, 4000));
  });
  socket.on("connect_error", () => {
    lost = lost === null ? performance.now() : lost;
    if (!socket.active) setTimeout(() => socket.connect(), between(3000, 8000)); // refused: try again all the same
  });
  setInterval(() => watch(badge), 500);
  setInterval(beat, BEAT);
  setInterval(() => socket.connected || refresh(), 15000 + between(0, 5000)); // where only plain requests pass
  setInterval(refresh, 60000 + between(0, 10000)); // the badge's hour, and any hint that went astray
  addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
  addEventListener("online", wake);
  addEventListener("resize", () => {
    if (viewNow() === auth.view) return;
    auth.view = viewNow(); // said on connecting
    socket.disconnect().connect();
  });
  addEventListener("pageshow", (event) => event.persisted && wake());
}
