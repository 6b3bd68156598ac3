// The join storm: each phone fetches the page, then the scripts and styles it names, then connects by
// the official client and waits for its first `state`. Arrivals are spread evenly over --seconds.
//
//   node storm.js --url http://127.0.0.1:8080 --phones 1000 --seconds 10
"use strict";
const http = require("node:http");
const zlib = require("node:zlib");
const { randomUUID } = require("node:crypto");
const { io } = require("socket.io-client");
const { options, summary, watchOwnLag, now, sleep } = require("./measure");

const chosen = options({ url: "", phones: 1000, seconds: 10, patience: 20, transports: "websocket" });
const lag = watchOwnLag();

// One visitor's cookies, as a browser keeps them.
function get(path, visitor) {
  const headers = { "Accept-Encoding": "gzip", Accept: "text/html,*/*", "Accept-Language": "fr" };
  if (visitor.cookies.length) headers.Cookie = visitor.cookies.join("; ");
  return new Promise((resolve, reject) => {
    const request = http.get(new URL(path, chosen.url), { agent: visitor.agent, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        if (answer.statusCode === 303) return get(answer.headers.location, visitor).then(resolve, reject); // to its room
        if (answer.statusCode !== 200) return reject(new Error(`HTTP ${answer.statusCode} for ${path.split("?")[0]}`));
        for (const line of answer.headers["set-cookie"] || []) visitor.cookies.push(line.split(";")[0]);
        const body = Buffer.concat(parts);
        resolve(answer.headers["content-encoding"] === "gzip" ? zlib.gunzipSync(body).toString() : body.toString());
      });
      answer.on("error", reject);
    });
    request.on("error", (error) => reject(new Error(error.code || error.message)));
    request.setTimeout(chosen.patience * 1000, () => request.destroy(new Error("timeout")));
  });
}

function partsOf(page) {
  const scripts = [...page.matchAll(/<script[^>]*\ssrc="([^"]+)"/g)].map((found) => found[1]);
  const styles = [...page.matchAll(/<link[^>]*rel="stylesheet"[^>]*>/g)]
    .map((found) => (found[0].match(/href="([^"]+)"/) || [])[1])
    .filter(Boolean);
  return [...styles, ...scripts].map((text) => text.replaceAll("&amp;", "&"));
}

function join(visitor) {
  const socket = io(`${chosen.url}/phone`, {
    transports: chosen.transports.split(","),
    forceNew: true,
    reconnection: false,
    auth: { device: randomUUID() },
    extraHeaders: visitor.cookies.length ? { Cookie: visitor.cookies.join("; ") } : {},
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no state")), chosen.patience * 1000);
    socket.once("state", () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.once("connect_error", (error) => {
      clearTimeout(timer);
      reject(new Error(`connect: ${error.message}`));
    });
  });
}

async function visit(times, failures) {
  const visitor = { agent: new http.Agent({ keepAlive: true, maxSockets: 2 }), cookies: [] };
  const started = now();
  try {
    const page = await get("/", visitor);
    times.page.push(now() - started);
    await Promise.all(partsOf(page).map((path) => get(path, visitor)));
    times.script.push(now() - started);
    await join(visitor);
    times.usable.push(now() - started);
  } catch (error) {
    failures[error.message] = (failures[error.message] || 0) + 1;
  } finally {
    visitor.agent.destroy();
  }
}

async function main() {
  const times = { page: [], script: [], usable: [] };
  const failures = {};
  const visits = [];
  lag.reset();
  const begun = now();
  for (let index = 0; index < chosen.phones; index += 1) {
    const due = begun + (index * chosen.seconds * 1000) / chosen.phones;
    while (now() < due) await sleep(Math.max(0, due - now() - 0.5));
    visits.push(visit(times, failures));
  }
  await Promise.all(visits);
  console.log(
    JSON.stringify({
      phones: chosen.phones,
      usable: times.usable.length,
      failures,
      seconds: Math.round((now() - begun) / 100) / 10,
      page_ms: summary(times.page),
      script_ms: summary(times.script),
      usable_ms: summary(times.usable),
      own_lag_ms: lag.read(),
    }),
  );
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
