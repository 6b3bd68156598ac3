// One first visit by a real Chromium with an empty profile, counted through the DevTools protocol
// (over its pipe: no library needed). Prints requests, bytes on the wire, and frames of the socket.
//
//   node visit.js --url http://127.0.0.1:8080/ --seconds 4
"use strict";
const { spawn } = require("node:child_process");
const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { options, sleep } = require("./measure");

const chosen = options({ url: "", seconds: 4, chromium: process.env.CHROMIUM || "chromium" });
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-pipe",
];

function browser(profile) {
  const child = spawn(chosen.chromium, [...FLAGS, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const [input, output] = [child.stdio[3], child.stdio[4]];
  const waiting = new Map();
  const listeners = [];
  let last = 0;
  let held = "";
  output.on("data", (part) => {
    const messages = (held + part).split("\0");
    held = messages.pop();
    for (const text of messages) {
      const message = JSON.parse(text);
      if (message.id) waiting.get(message.id)(message.result || message.error);
      else listeners.forEach((listener) => listener(message));
    }
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      input.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
  return { child, send, listen: (listener) => listeners.push(listener) };
}

function counting(seen) {
  const requests = new Map();
  return ({ method, params }) => {
    if (method === "Network.requestWillBeSent") {
      if (params.redirectResponse)
        seen.requests[seen.requests.length - 1].bytes = params.redirectResponse.encodedDataLength;
      requests.set(params.requestId, params.request.url);
      seen.requests.push({ url: new URL(params.request.url).pathname, bytes: 0 });
    } else if (method === "Network.loadingFinished" && requests.has(params.requestId)) {
      const path = new URL(requests.get(params.requestId)).pathname;
      const entry = seen.requests.find((one) => one.url === path && one.bytes === 0);
      if (entry) entry.bytes = params.encodedDataLength; // headers included
    } else if (method === "Network.webSocketCreated") {
      seen.sockets += 1;
    } else if (method === "Network.webSocketFrameReceived") {
      seen.frames_in += 1;
      seen.frame_bytes_in += Buffer.byteLength(params.response.payloadData);
    } else if (
      method === "Runtime.exceptionThrown" ||
      (method === "Log.entryAdded" && params.entry.level === "error")
    ) {
      seen.errors.push(String((params.exceptionDetails || params.entry).text).slice(0, 200));
    }
  };
}

async function main() {
  const profile = mkdtempSync(join(tmpdir(), "kiosk-bench-chromium-"));
  const { child, send, listen } = browser(profile);
  const seen = { requests: [], sockets: 0, frames_in: 0, frame_bytes_in: 0, errors: [] };
  try {
    const { targetInfos } = await send("Target.getTargets");
    const page = targetInfos.find((target) => target.type === "page");
    const { sessionId } = await send("Target.attachToTarget", { targetId: page.targetId, flatten: true });
    for (const domain of ["Network", "Page", "Runtime", "Log"]) await send(`${domain}.enable`, {}, sessionId);
    await send(
      "Emulation.setDeviceMetricsOverride",
      { width: 390, height: 844, deviceScaleFactor: 2, mobile: true },
      sessionId,
    );
    listen(counting(seen));
    await send("Page.navigate", { url: chosen.url }, sessionId);
    await sleep(chosen.seconds * 1000);
  } finally {
    child.kill();
    await new Promise((done) => child.once("exit", done));
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
  seen.bytes = seen.requests.reduce((total, one) => total + one.bytes, 0);
  console.log(JSON.stringify(seen));
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
