// Regular expressions of static/js, read by Node's own parser, then run on texts of two lengths.
// node --expose-internals scripts.js list FILES…          → [{where, source, flags}]
// node --expose-internals scripts.js run < {patterns, texts} → [{where, text, small, big}] for those that do not keep pace
"use strict";
const fs = require("fs");

function expressions(file) {
  const acorn = require("internal/deps/acorn/acorn/dist/acorn");
  const found = [];
  const options = { ecmaVersion: "latest", sourceType: "module", locations: true };
  const walk = (node) => {
    if (!node || typeof node !== "object") return;
    if (Array.isArray(node)) {
      node.forEach(walk);
      return;
    }
    if (node.type === "Literal" && node.regex)
      found.push({ where: `${file}:${node.loc.start.line}`, source: node.regex.pattern, flags: node.regex.flags });
    if ((node.type === "NewExpression" || node.type === "CallExpression") && node.callee.name === "RegExp")
      found.push({
        where: `${file}:${node.loc.start.line}`,
        source: node.arguments[0].value,
        flags: (node.arguments[1] || {}).value || "",
      });
    for (const [key, value] of Object.entries(node)) if (key !== "loc") walk(value);
  };
  walk(acorn.parse(fs.readFileSync(file, "utf8"), options));
  return found;
}

const [, , verb, ...files] = process.argv;
if (verb === "list") {
  process.stdout.write(JSON.stringify(files.flatMap(expressions)));
} else {
  const { patterns, texts, floor, most, tries } = JSON.parse(fs.readFileSync(0, "utf8"));
  const once = (pattern, text) => {
    const begun = process.cpuUsage();
    text.replace(pattern, "");
    const used = process.cpuUsage(begun);
    return (used.user + used.system) / 1e6;
  };
  const best = (pattern, text) => Math.min(...Array.from({ length: tries }, () => once(pattern, text)));
  const slow = [];
  for (const { where, source, flags } of patterns) {
    const pattern = new RegExp(source, flags.replace(/[gy]/g, "") + "g");
    for (const [name, unit, prefix, ending] of texts) {
      const of = (length) => prefix + unit.repeat(Math.max(1, length / unit.length)) + ending;
      if (once(pattern, of(12000)) <= floor) continue;
      const small = best(pattern, of(1200)),
        big = best(pattern, of(12000));
      if (big > floor && big > most * Math.max(small, 1e-6)) {
        slow.push({ where, text: name, small, big });
        break;
      }
    }
  }
  process.stdout.write(JSON.stringify(slow));
}
