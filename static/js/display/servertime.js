/* The server's clock, never this machine's. Offset measured by round trips; the shortest one is the best. */

const KEPT = 8;
const STEP = 300;
let samples = [];
let offset = null; // server ms − performance.now()

/** A first guess from a page or a greeting: late by one trip, replaced by the first round trip. */
export function guess(now) {
  if (!samples.length) offset = now - performance.now();
}

/** One round trip: sent and received are performance.now(), now is the server's in between. */
export function measured(sent, received, now) {
  const one = { trip: received - sent, offset: now - (sent + received) / 2 };
  // Further off than its own doubt allows: one of the two clocks was set, or stood still.
  if (offset !== null && Math.abs(one.offset - offset) > one.trip / 2 + STEP) samples = [];
  samples.push(one);
  if (samples.length > KEPT) samples.shift();
  offset = samples.reduce((best, one) => (one.trip < best.trip ? one : best)).offset;
}

/** Forget everything: the machine slept, or the server is another one. */
export function forget() {
  samples = [];
}

/** UTC milliseconds as the server counts them. */
export function serverNow() {
  return performance.now() + (offset === null ? 0 : offset);
}

/** True once after the machine slept: the two clocks of a browser do not stop alike. */
let gap = Date.now() - performance.now();
export function slept() {
  const now = Date.now() - performance.now();
  const jumped = Math.abs(now - gap) > 2000;
  gap = now;
  return jumped;
}
