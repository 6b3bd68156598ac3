// One phone that will not stop, in two ways, while a class asks quietly (load.js, run beside it).
//
//   node flood.js --url http://127.0.0.1:8080 --kind messages --rate 1000 --seconds 6
//   node flood.js --url http://127.0.0.1:8080 --kind connections --rate 200 --seconds 6
//
// Both come from one device token. Prints how it was answered, by code.
"use strict";
const { randomUUID } = require("node:crypto");
const { io } = require("socket.io-client");
const { options, questionText, now, sleep } = require("./measure");

const chosen = options({ url: "", kind: "messages", rate: 1000, seconds: 6 });
const device = randomUUID();
const answers = {};
const count = (key) => {
  answers[key] = (answers[key] || 0) + 1;
};

function phone() {
  return io(`${chosen.url}/phone`, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    auth: { device },
  });
}

// Calls `act` at an even rate for the time chosen, without waiting for what it starts.
async function evenly(act) {
  const total = chosen.rate * chosen.seconds;
  const begun = now();
  for (let number = 0; number < total; number += 1) {
    const due = begun + (number * 1000) / chosen.rate;
    while (now() < due) await sleep(1);
    act(number);
  }
}

async function floodMessages() {
  let socket = phone();
  socket.on("disconnect", () => {
    count("disconnected");
    setTimeout(() => {
      socket = phone();
      socket.on("connect_error", (error) => count(`refused: ${(error.data && error.data.code) || error.message}`));
    }, 100);
  });
  await new Promise((done) => {
    socket.once("connect", done);
    socket.once("connect_error", done);
  });
  await evenly((number) => {
    if (!socket.connected) return count("not sent");
    socket
      .timeout(5000)
      .emitWithAck("ask", { id: randomUUID(), text: questionText(number) })
      .then((answer) => count(answer && answer.ok ? "ok" : (answer && answer.error && answer.error.code) || "no_code"))
      .catch(() => count("no_answer"));
  });
}

async function floodConnections() {
  await evenly(() => {
    const socket = phone();
    const leave = setTimeout(() => {
      count("no_answer");
      socket.disconnect();
    }, 5000);
    socket.once("connect", () => {
      clearTimeout(leave);
      count("connected");
      setTimeout(() => socket.disconnect(), 50);
    });
    socket.once("connect_error", (error) => {
      clearTimeout(leave);
      count(`refused: ${(error.data && error.data.code) || error.message}`);
    });
  });
}

(chosen.kind === "messages" ? floodMessages() : floodConnections())
  .then(() => sleep(1000))
  .then(() => {
    console.log(JSON.stringify({ kind: chosen.kind, answers }));
    process.exit(0);
  })
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
