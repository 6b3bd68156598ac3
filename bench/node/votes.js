// A list of supportable questions that grows, and phones that vote: what each update costs a phone.
//
//   node votes.js --url http://127.0.0.1:8080 --sizes 10,50,100,200
//
// Prints for each size: bytes on the TCP connection per `changed` event (median over phones), the largest
// payload of one, and how many came a second. Questions must be supportable as soon as they are asked.
"use strict";
const { randomUUID } = require("node:crypto");
const { io } = require("socket.io-client");
const { options, summary, questionText, sleep, round } = require("./measure");

const chosen = options({ url: "", phones: 40, sizes: "10,50,100,200", votesPerSecond: 30, seconds: 5 });

function open() {
  const phone = io(`${chosen.url}/phone`, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    auth: { device: randomUUID() },
  });
  phone.updates = [];
  phone.on("changed", (change) => phone.updates.push(Buffer.byteLength(JSON.stringify(["changed", change]))));
  return new Promise((resolve, reject) => {
    phone.once("connect", () => resolve(phone));
    phone.once("connect_error", reject);
  });
}

const received = (phone) => phone.io.engine.transport.ws._socket.bytesRead;

async function ask(phones, known, size, errors) {
  while (known.length < size) {
    const number = known.length;
    const id = randomUUID();
    const answer = await phones[number % phones.length]
      .timeout(10000)
      .emitWithAck("ask", { id, text: questionText(number), theme: "metier" });
    if (!answer.ok) {
      errors[answer.error.code] = (errors[answer.error.code] || 0) + 1;
      if (errors[answer.error.code] > 5) return;
    } else known.push(answer.question.number);
  }
}

async function vote(phones, known, errors) {
  const total = chosen.votesPerSecond * chosen.seconds;
  let votes = 0;
  const answers = [];
  for (let number = 0; number < total; number += 1) {
    const phone = phones[number % phones.length];
    const named = known[(number * 7) % known.length];
    answers.push(
      phone
        .timeout(10000)
        .emitWithAck("support", { number: named, on: true })
        .then(
          (answer) => {
            if (answer && answer.ok) votes += 1;
            else
              errors[(answer && answer.error && answer.error.code) || "no_code"] =
                (errors[(answer && answer.error && answer.error.code) || "no_code"] || 0) + 1;
          },
          () => {
            errors.no_answer = (errors.no_answer || 0) + 1;
          },
        ),
    );
    await sleep(1000 / chosen.votesPerSecond);
  }
  await Promise.all(answers);
  return votes;
}

async function step(phones, known, size) {
  const errors = {};
  await ask(phones, known, size, errors);
  await sleep(1500);
  // Phones receive acknowledgements of their own votes too: their bytes are read from a phone that only listens.
  const [listener, ...voters] = phones;
  phones.forEach((phone) => {
    phone.updates = [];
  });
  const before = received(listener);
  const votes = await vote(voters, known, errors);
  const seconds = chosen.seconds;
  const updates = listener.updates.length;
  return {
    list: known.length,
    votes,
    errors,
    bytes_per_update: updates ? round((received(listener) - before) / updates) : null,
    largest_update: summary(phones.flatMap((phone) => phone.updates)).max,
    updates_per_second: round(Math.max(0, updates - 1) / seconds), // n updates are n - 1 periods
  };
}

async function main() {
  const phones = await Promise.all(Array.from({ length: chosen.phones }, open));
  const known = [];
  const steps = [];
  for (const size of chosen.sizes.split(",").map(Number)) steps.push(await step(phones, known, size));
  console.log(JSON.stringify({ steps }));
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
