// Words of two elements that nobody can tell apart: on one line, nearer than a space, with none between them.
() => {
  const shown = (node) => {
    const style = getComputedStyle(node.parentElement);
    return (
      node.data.trim() &&
      style.visibility !== "hidden" &&
      style.opacity !== "0" &&
      !node.parentElement.closest("svg, sup, script, style")
    );
  };
  const box = (node, at) => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  let before = null;
  let spaced = false;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!node.data.trim()) spaced = true;
    if (!shown(node)) continue;
    const start = box(node, node.data.search(/\S/));
    if (start.width < 2) continue; // heard, not seen
    if (before) {
      const last = before.data.trimEnd().length - 1;
      const end = box(before, last);
      const sizes = [node, before].map((one) => parseFloat(getComputedStyle(one.parentElement).fontSize));
      // a space is as wide as its own text asks, where there is one
      const size = spaced || /\s$/.test(before.data) || /^\s/.test(node.data) ? Math.min(...sizes) : Math.max(...sizes);
      const gap = start.left - end.right;
      const level = Math.min(start.bottom, end.bottom) - Math.max(start.top, end.top);
      const [one, other] = [before.data[last], node.data.trimStart()[0]];
      if (
        level > Math.min(start.height, end.height) / 2 &&
        gap > -1 &&
        gap < size * 0.18 &&
        /[\p{L}\p{N}?!]/u.test(one) &&
        /[\p{L}\p{N}]/u.test(other)
      )
        found.push(`${before.data.trim().slice(-20)}|${node.data.trim().slice(0, 20)}`);
    }
    before = node;
    spaced = false;
  }
  return found;
};
