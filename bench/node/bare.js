// The yardstick of bench/run: an official Socket.IO server that does the least a question path can
// do. It stores nothing, checks nothing, acknowledges `ask` and tells the display. Whatever the
// kiosk costs above this is what durability, moderation and rules cost.
//
//   node bare.js --port 9000        prints {"listening": 9000} once it answers
"use strict";
const http = require("node:http");
const { Server } = require("socket.io");
const { options } = require("./measure");

const { port } = options({ port: 0 });
const server = http.createServer((request, response) => {
  response.writeHead(request.url.startsWith("/healthz") ? 200 : 404, { "Content-Type": "application/json" });
  response.end('{"ok": true}');
});
const io = new Server(server, { serveClient: false, perMessageDeflate: false, httpCompression: false });
const displays = io.of("/display");
let rev = 0;

io.of("/phone").on("connection", (socket) => {
  socket.emit("state", { rev, phase: "questions", intake: "open" });
  socket.on("ask", (question, acknowledge) => {
    rev += 1;
    if (typeof acknowledge === "function") {
      acknowledge({ ok: true, question: { id: question.id, status: "approved" } });
    }
    displays.emit("changed", { rev, what: ["questions"], ids: [question.id] });
  });
});
displays.on("connection", (socket) => socket.emit("hello", { rev }));

server.listen(port, "127.0.0.1", () => console.log(JSON.stringify({ listening: server.address().port })));
process.on("SIGTERM", () => process.exit(0));
