() => {
  const found = [];
  const root = document.getElementById("screen");
  const [W, H] = [innerWidth, innerHeight];
  const name = (el) =>
    el.tagName.toLowerCase() +
    (typeof el.className === "string" && el.className ? "." + el.className.trim().replace(/\s+/g, ".") : "");
  const say = (what, el, more = "") =>
    found.push(`${what}: ${name(el)} ${(el.textContent || "").trim().slice(0, 40)} ${more}`);
  const page = document.scrollingElement;
  if (page.scrollHeight > H || page.scrollWidth > W) found.push("the page scrolls");

  // 1. boxes: inside the screen, inside whatever clips them, never scrolling
  for (const el of root.querySelectorAll("*")) {
    if ((el.closest("svg") && el.tagName !== "svg") || el.closest(".arch > *")) continue; // a portrait may be cropped by its arch
    if (el.closest(".tight .what > b")) continue; // as tall as its letters may be, on a line that is less: see 2
    const style = getComputedStyle(el);
    const box = el.getBoundingClientRect();
    if (!box.width || !box.height || style.display === "contents") continue;
    if (/scroll|auto/.test(style.overflowX + style.overflowY)) say("scrolls", el);
    if (box.left < -1 || box.top < -1 || box.right > W + 1 || box.bottom > H + 1)
      say("outside the screen", el, JSON.stringify(box));
    for (let up = el.parentElement; up && up !== document.body; up = up.parentElement) {
      if (up.classList.contains("arch") || getComputedStyle(up).overflowY === "visible") continue;
      const clip = up.getBoundingClientRect();
      if (
        box.left < clip.left - 1 ||
        box.top < clip.top - 1 ||
        box.right > clip.right + 1 ||
        box.bottom > clip.bottom + 1
      )
        say("cut by " + name(up), el);
    }
  }
  for (const step of root.querySelectorAll(".way li")) {
    const room = step.closest(".stage").getBoundingClientRect();
    const box = step.getBoundingClientRect();
    if (box.height && box.bottom > room.bottom + 1) say("under the strip", step);
  }

  // the foot closes the stage, whichever of its parts there are
  for (const foot of root.querySelectorAll(".stage > .foot")) {
    const [box, stage] = [foot.getBoundingClientRect(), foot.parentElement.getBoundingClientRect()];
    if (box.height && stage.bottom - box.bottom > 2)
      say("above the stage's end", foot, String(stage.bottom - box.bottom));
  }

  // 2. words: whole, big enough, in their zone, over nobody else's
  const lines = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const owner = node.parentElement;
    if (!node.data.trim() || owner.closest("svg") || !owner.getClientRects().length) continue;
    const size = parseFloat(getComputedStyle(owner).fontSize);
    if (size < 0.024 * H - 0.3) say("under 2.4vh", owner, ((100 * size) / H).toFixed(2));
    const clamped = owner.closest(".text, .wifi .top h1, .tight .what, .tight > :not(.now) > .job");
    let zone =
      clamped ||
      owner.closest(
        ".foot, .poster, .next, .who, .cast > li, .strip, .top, .steps li, .guests, .nothing, .words, .bars, .surprise, .thanks, .stage, .alarm",
      );
    while (getComputedStyle(zone).display === "contents") zone = zone.parentElement;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const line of range.getClientRects()) {
      const third = line.height / 5; // letters stand in the middle of their line
      const ink = { left: line.left, right: line.right, top: line.top + third, bottom: line.bottom - third, owner };
      const box = zone.getBoundingClientRect();
      if (clamped && ink.top >= box.bottom - 1) continue; // two lines at most, the rest is in the count
      if (ink.left < box.left - 1 || ink.right > box.right + 1 || ink.top < box.top - 1 || ink.bottom > box.bottom + 1)
        say("text leaves " + name(zone), owner);
      lines.push(ink);
    }
    if (owner.closest(".url, strong:not(.host), .text, .nothing b, .wifi .top h1")) continue;
    for (const match of node.data.matchAll(/[^\s\u00a0\u202f/-]+/g)) {
      if (match[0].replace(/\u2060/g, "").length > (owner.closest("h1, .job, .to") ? 22 : 16)) continue;
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const tops = new Set(Array.from(range.getClientRects(), (r) => Math.round(r.top / 4)));
      if (tops.size > 1) say("broken word " + match[0], owner);
    }
  }
  for (let i = 0; i < lines.length; i++) {
    for (let j = i + 1; j < lines.length; j++) {
      const [a, b] = [lines[i], lines[j]];
      if (a.owner === b.owner || a.owner.contains(b.owner) || b.owner.contains(a.owner)) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 2 && high > 2) say("over " + (b.owner.textContent || "").trim().slice(0, 30), a.owner);
    }
  }

  // 3. the codes: square, whole, on their white plate, away from the edge and from what stands above
  for (const code of root.querySelectorAll("svg.qr")) {
    const box = code.getBoundingClientRect();
    if (Math.min(box.width, box.height) < 0.15 * H) say("small code", code, `${box.width}x${box.height}`);
    if (box.bottom > H - 0.01 * H) say("code at the edge", code, String(Math.round(H - box.bottom)));
  }
  return found;
};
