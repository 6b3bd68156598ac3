// Phones and one display, by the official Socket.IO client, as a class would use them.
//
//   node load.js --url http://127.0.0.1:8080 --phones 500 --rate 300 --seconds 8
//
// Open loop: question k is sent at its due time whether or not earlier ones were answered, so a slow
// server is not spared. The first `warm` seconds are sent but not counted. Prints one JSON object.
// With --hold 1 it sends nothing: prints {"connected": N} and stays until its standard input closes.
"use strict";
const { randomUUID } = require("node:crypto");
const { io } = require("socket.io-client");
const { options, summary, watchOwnLag, questionText, now, sleep } = require("./measure");

const chosen = options({
  url: "",
  phones: 40,
  rate: 20,
  seconds: 8,
  warm: 1,
  connectRate: 250,
  patience: 15,
  hold: 0,
  room: "",
});
const lag = watchOwnLag();

// Transport websocket only: long polling is measured by the storm, here it would hide the question path.
function open(namespace, auth) {
  return io(`${chosen.url}${namespace}`, { transports: ["websocket"], forceNew: true, reconnection: false, auth });
}

function connected(socket) {
  return new Promise((done) => {
    const started = now();
    socket.once("connect", () => done({ milliseconds: now() - started }));
    socket.once("connect_error", (error) => done({ error: error.message || "connect_error" }));
  });
}

async function connectPhones(errors) {
  const attempts = [];
  const phones = [];
  for (let index = 0; index < chosen.phones; index += 1) {
    const auth = { device: randomUUID(), ...(chosen.room && { room: chosen.room }) };
    const phone = open("/phone", auth);
    phone.onAny(() => {
      phone.events = (phone.events || 0) + 1;
    });
    phones.push(phone);
    attempts.push(connected(phone));
    await sleep(1000 / chosen.connectRate);
  }
  const outcomes = await Promise.all(attempts);
  outcomes.filter((one) => one.error).forEach((one) => count(errors, `connect: ${one.error}`));
  return { phones, times: outcomes.filter((one) => !one.error).map((one) => one.milliseconds) };
}

function count(table, key) {
  table[key] = (table[key] || 0) + 1;
}

// Bytes both ways on the phone's TCP connection, handshake included.
function wireBytes(phone) {
  const wire = phone.io.engine && phone.io.engine.transport && phone.io.engine.transport.ws._socket;
  return wire ? { in: wire.bytesRead, out: wire.bytesWritten } : { in: 0, out: 0 };
}

// Sends at due times; resolves when every question has its answer or its patience has run out.
async function askAll(phones, sent, acknowledged, errors) {
  const total = Math.round(chosen.rate * (chosen.warm + chosen.seconds));
  const begun = now();
  const answers = [];
  for (let number = 0; number < total; number += 1) {
    const due = begun + (number * 1000) / chosen.rate;
    while (now() < due) await sleep(Math.max(0, Math.min(due - now() - 0.5, 50)));
    answers.push(ask(phones[number % phones.length], number, { sent, acknowledged, errors }));
  }
  const lastSent = now();
  await Promise.all(answers);
  return { begun, lastSent };
}

function ask(phone, number, { sent, acknowledged, errors }) {
  const id = randomUUID();
  const counted = number >= chosen.rate * chosen.warm;
  sent.set(id, { at: now(), counted });
  return phone
    .timeout(chosen.patience * 1000)
    .emitWithAck("ask", { id, text: questionText(number), theme: "metier" })
    .then((answer) => {
      if (answer && answer.ok) acknowledged.set(id, now());
      else count(errors, (answer && answer.error && answer.error.code) || "no_code");
    })
    .catch(() => count(errors, "no_answer"));
}

function between(sent, seen) {
  const waits = [];
  for (const [id, { at, counted }] of sent) if (counted && seen.has(id)) waits.push(seen.get(id) - at);
  return waits;
}

async function main() {
  const errors = {};
  const announced = new Map();
  const hints = [];
  const display = open("/display", {});
  display.on("changed", (change) => {
    const at = now();
    if (!change.ids) hints.push(at);
    for (const id of change.ids || []) if (!announced.has(id)) announced.set(id, at);
  });
  const displayJoin = await connected(display);
  if (displayJoin.error) count(errors, `display: ${displayJoin.error}`);
  const { phones, times } = await connectPhones(errors);
  if (chosen.hold) {
    console.log(JSON.stringify({ connected: times.length, errors }));
    process.stdin.resume();
    process.stdin.on("end", () => process.exit(0));
    return;
  }
  await sleep(500);
  const before = phones.map(wireBytes);
  lag.reset();
  const sent = new Map();
  const acknowledged = new Map();
  const run = await askAll(phones, sent, acknowledged, errors);
  const announceBy = now() + 3000;
  while (announce(acknowledged, announced, hints) < acknowledged.size && now() < announceBy) await sleep(20);
  const after = phones.map(wireBytes);
  report({ sent, acknowledged, announced, errors, times, run, phones, before, after });
  process.exit(0);
}

// A display is told that questions moved, not which: what it hears with an acknowledgement or next is that question's.
// Two connections may deliver in the other order, a moment apart.
const TOGETHER = 3;

function announce(acknowledged, announced, hints) {
  let next = 0;
  for (const [id, at] of acknowledged) {
    while (next < hints.length && hints[next] < at - TOGETHER) next += 1;
    if (next < hints.length && !announced.has(id)) announced.set(id, hints[next]);
  }
  return announced.size;
}

function report({ sent, acknowledged, announced, errors, times, run, phones, before, after }) {
  const unannounced = [...acknowledged.keys()].filter((id) => !announced.has(id)).length;
  console.log(
    JSON.stringify({
      phones: phones.length,
      sent: sent.size,
      acknowledged: acknowledged.size,
      unannounced,
      rate_seen: Math.round((sent.size / Math.max(run.lastSent - run.begun, 1)) * 10000) / 10,
      ack_ms: summary(between(sent, acknowledged)),
      announce_ms: summary(between(sent, announced)),
      connect_ms: summary(times),
      bytes_in_per_phone: summary(after.map((bytes, index) => bytes.in - before[index].in)),
      bytes_out_per_phone: summary(after.map((bytes, index) => bytes.out - before[index].out)),
      events_per_phone: summary(phones.map((phone) => phone.events || 0)),
      errors,
      own_lag_ms: lag.read(),
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
