// What every client of bench/ needs: command-line options, percentiles, this process's own
// event-loop lag (a client that lags measures itself), and French questions that differ.
"use strict";
const { monitorEventLoopDelay, performance } = require("node:perf_hooks");

// options({phones: 40}) reads --phones 500; a key without a default is an error, so is a missing value.
function options(defaults) {
  const chosen = { ...defaults };
  const words = process.argv.slice(2);
  for (let at = 0; at < words.length; at += 2) {
    const key = words[at].replace(/^--/, "");
    const text = words[at + 1];
    if (!(key in defaults) || text === undefined) {
      throw new Error(`unknown option or missing value: ${words[at]}`);
    }
    chosen[key] = typeof defaults[key] === "number" ? Number(text) : text;
  }
  return chosen;
}

function percentile(sorted, share) {
  if (sorted.length === 0) return null;
  const rank = Math.max(0, Math.ceil(share * sorted.length) - 1);
  return round(sorted[rank]);
}

function round(value) {
  return Math.round(value * 100) / 100;
}

// Nearest-rank percentiles in the unit given.
function summary(values) {
  const sorted = Float64Array.from(values).sort();
  return {
    count: sorted.length,
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    max: sorted.length ? round(sorted[sorted.length - 1]) : null,
  };
}

// Returns a function that tells the lag so far in ms: delays of a 5 ms timer beyond its due time.
function watchOwnLag() {
  const histogram = monitorEventLoopDelay({ resolution: 5 });
  histogram.enable();
  const above = (nanoseconds) => round(Math.max(0, nanoseconds / 1e6 - 5));
  return {
    reset: () => histogram.reset(),
    read: () => ({
      p50: above(histogram.percentile(50)),
      p99: above(histogram.percentile(99)),
      max: above(histogram.max),
    }),
  };
}

const OPENINGS = [
  "Est-ce que",
  "Comment",
  "Pourquoi",
  "À quel âge",
  "Dans votre équipe,",
  "Quand vous étiez au collège,",
];
const SUBJECTS = [
  "vous avez choisi ce métier",
  "se passe une journée ordinaire",
  "on apprend les gestes du métier",
  "vous travaillez avec d’autres corps de métier",
  "vous avez déjà voulu changer de voie",
  "on passe d’un diplôme à l’autre",
  "vous gérez la fatigue et le stress",
  "vous avez su que c’était fait pour vous",
];
const ENDINGS = [
  "au début",
  "aujourd’hui",
  "pendant vos études",
  "sur le terrain",
  "quand il y a une urgence",
  "le week-end",
  "avec les collègues",
  "après tant d’années",
];

// A French question of a usual length (about 60 to 110 characters), different for each number.
function questionText(number) {
  const opening = OPENINGS[number % OPENINGS.length];
  const subject = SUBJECTS[Math.floor(number / 7) % SUBJECTS.length];
  const ending = ENDINGS[Math.floor(number / 3) % ENDINGS.length];
  return `${opening} ${subject} ${ending}, par exemple en ${1990 + (number % 35)} (sujet n° ${number}) ?`;
}

const now = () => performance.now();
const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

module.exports = { options, summary, watchOwnLag, questionText, now, sleep, round };
