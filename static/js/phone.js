// A pupil's phone. Every page works without this file: it adds a socket, a queue that survives a lost
// Wi-Fi or a closed tab, and pages that refresh themselves. Each byte counts: see bench/first_visit.py.
import { Manager } from "socket.io-client";
import { take, items, drop, draft } from "./phone/store.js";

const doc = document;
const $ = (id) => doc.getElementById(id);
const here = () => location.pathname + location.search;
const data = () => $("main").dataset;
const words = () => ($("tpl") ? $("tpl").dataset.w.split("|") : []);
const say = (text) => {
  $("say").textContent = text;
};
const jitter = (ms) => ms * (0.5 + Math.random());
// French puts a space before these signs: a line must not break there.
const spaced = (text) => text.replace(/ (?=[?!:;»])/g, "\u00a0");

// The sub-path of a relay in front; nothing without one.
const base = doc.documentElement.dataset.base || "";
const room = new URLSearchParams(location.search).get("salle");
const socket = new Manager({
  path: base + "/socket.io",
  query: room ? { salle: room } : {}, // what a relay spreads rooms by
  transports: ["websocket", "polling"],
  tryAllTransports: true,
  withCredentials: true,
  timeout: 6e3,
  reconnectionDelayMax: 8e3,
  autoConnect: !!data().key,
}).socket("/phone", { auth: { room, lang: doc.documentElement.lang } });
const net = (lost) => {
  $("net").textContent = lost ? $("net").dataset.w : "";
};

// -- pages ----------------------------------------------------------------------------------------

// Puts a freshly served page in place of this one. `soft`: a hint said something moved, so a form
// that is still right stays as it is, with its words, its focus and the keyboard open.
// Answers may come out of order: a refresh older than what is shown, or of a page just left, is dropped.
let asks = 0,
  shown = 0,
  late = 0,
  held = 0; // until when a finger may be down
const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");
const show = async (url, soft, form) => {
  const ask = ++asks,
    asked = url;
  let fresh;
  try {
    const answer = await fetch(url, form ? { method: "POST", body: new URLSearchParams(new FormData(form)) } : {});
    fresh = await read(answer);
    url = answer.url;
  } catch (lost) {
    return soft ? refresh(5e3) : net(1);
  }
  net();
  if (soft && ask < shown) return;
  // Not under a finger either: the tap would be lost with what it touched.
  if (soft && (asked != here() || held > Date.now())) return refresh(300);
  shown = ask;
  const main = fresh.getElementById("main");
  if (!main) return location.assign(form ? base + "/" + location.search : url);
  const focused = doc.activeElement.closest("[id]"),
    old = $("main");
  const swap = (id) => {
    const now = fresh.getElementById(id);
    if ($(id) && now) $(id).replaceWith(now);
  };
  const same = main.dataset.key == old.dataset.key && main.dataset.page == old.dataset.page;
  if (soft && same && old.querySelector("textarea")) swap("now");
  else {
    swap("main");
    // It may say what the socket never tells: a pause, or a while without reading over, that ended before its turn came.
    // Asked for again until they agree; a few times, for the socket may be the one that is late for good.
    const { session, phase, intake, moderation } = state;
    late = !phase || data().key.startsWith([(session || "").id, phase, intake, +moderation].join("|")) ? 0 : late + 1;
    if (late % 5) refresh(1e3);
    doc.querySelectorAll("body>template,body>svg").forEach((part) => part.remove());
    doc.body.append(...fresh.querySelectorAll("body>template,body>svg"));
    doc.title = fresh.title;
    if (soft && main.dataset.page != old.dataset.page) say(fresh.title); // for who does not see the page change
    doc.body.className = fresh.body.className;
    start();
  }
  swap("top");
  if (soft) {
    if (focused && $(focused.id)) ($(focused.id).querySelector("button") || $(focused.id)).focus();
  } else {
    history.pushState(0, "", url);
    scrollTo(0, 0);
    $("main").tabIndex = -1;
    $("main").focus();
  }
};
let soon;
const refresh = (ms) => {
  clearTimeout(soon);
  soon = setTimeout(() => show(here(), 1), jitter(ms));
};

// -- the queue ------------------------------------------------------------------------------------

// Where a sent question is: 0 waits for the network, 1 on its way, 2 on the kiosk's disk, 3 refused.
const mark = (item, step, why) => {
  const box = $("out"),
    w = words();
  if (!box) return;
  let row = $(item.id);
  if (!row) {
    row = $("tpl").content.firstElementChild.cloneNode(true);
    row.id = item.id;
    row.firstElementChild.textContent = spaced(item.text);
    box.prepend(row);
  }
  const find = (tag) => row.querySelector(tag),
    dots = row.querySelectorAll(".track > span"),
    button = find("button");
  dots.forEach((dot) => {
    dot.className = "";
  });
  dots[step > 1 ? 1 : 0].className = step ? "now" : "now wait";
  find(".track").hidden = step > 2;
  find("b").textContent = w[step * 2];
  find("small").textContent = why || w[step * 2 + 1];
  button.hidden = step == 1 || step == 2;
  row.classList.toggle("done", step == 2);
  button.textContent = w[step ? 9 : 8];
  button.onclick = () => {
    if (!step) return flush();
    drop(item);
    row.remove();
    if ($("q")) {
      $("q").value = item.text;
      typed();
      $("q").focus();
    } else {
      draft(item.text);
      show(base + "/" + location.search);
    }
  };
};

// Whom to call, in the kiosk's own words; the text that worries is not shown beside them.
const calm = (box, care, lost) => {
  if (!box || !care || box.care) return;
  box.care = box.firstElementChild.hidden = true;
  const put = (to, tag, text) => {
    const part = doc.createElement(tag);
    part.textContent = spaced(text);
    to.append(part);
    return part;
  };
  put(box, "h2", care.title);
  put(box, "p", (lost ? care.first + " " : "") + care.text);
  const list = put(box, "div", "");
  list.className = "angles";
  care.lines.forEach((line) => {
    const part = put(list, "a", "");
    put(part, "b", line.number);
    put(part, "span", line.says);
    part.className = "btn";
    if (line.tel) part.href = "tel:" + line.tel;
  });
  put(box, "p", care.place);
  put(box, "small", care.note);
};

// Asks the kiosk by its socket, or by a request when there is none (or when the last try failed).
const call = (event, item, path, odd) =>
  socket.connected && !odd
    ? socket.timeout(5e3).emitWithAck(event, item)
    : Promise.race([
        new Promise((ok, no) => setTimeout(no, 8e3)),
        fetch(base + path + location.search, {
          method: "POST",
          headers: { Accept: "application/json" },
          body: new URLSearchParams(item),
        }).then((answer) => answer.json()),
      ]);

// The room's last known state; before the first one comes, the page as it was served speaks for it.
let state = {};
let busy,
  again,
  failed = 0;
const flush = async () => {
  if (busy) return;
  busy = 1;
  clearTimeout(again);
  let wait = 0;
  for (const item of items()) {
    if (item.session != (state.session ? state.session.id : data().session)) {
      mark(item, 3, words()[7]);
      continue;
    }
    mark(item, 1);
    const seen = $("n") && $("n").textContent;
    try {
      const answer = await call("ask", item, "/questions", failed & 1);
      failed = 0;
      net();
      if (answer.ok) {
        drop(item);
        mark(item, 2, answer.care && answer.care.first);
        // Its first answer was lost, or the page was fetched meanwhile: the page may count this one already.
        if (answer.known) refresh(300);
        else if ($("n") && $("n").textContent == seen) $("n").textContent = +seen + 1;
        say(words()[4] + ". " + (answer.care ? answer.care.first : words()[5]));
      } else if (/fast|stor|start|inter|paus|list/.test(answer.error.code)) {
        mark(item, 0, answer.error.message);
        wait = (answer.error.retry_after || 8) * 1e3;
      } else {
        mark(item, 3, answer.error.message);
        say(answer.error.message);
      }
      calm($(item.id), answer.care, !answer.ok);
    } catch (lost) {
      mark(item, 0);
      say(words()[0] + ". " + words()[1]);
      wait = Math.min(15e3, 500 << failed++);
      break;
    }
  }
  busy = 0;
  if (wait) again = setTimeout(flush, jitter(wait));
};

// -- the form -------------------------------------------------------------------------------------

// What « oui » would answer, as far as a few signs tell: kiosk/domain/reading/openness.py knows more.
const CLOSED = /^(est.ce|c.est|\S+-(vous|il|elle|on)) /i;
const PERSONAL = [/(\+?\d[\s.-]?){9,}/, /\S@[^\s@]+\.\S/, /(^|\s)@\w{2,}/];
const typed = () => {
  const field = $("q"),
    max = +$("f").dataset.max,
    length = [...field.value.trim()].length,
    over = length > max;
  $("count").textContent = length + "\u00a0/\u00a0" + max;
  $("count").classList.toggle("over", over);
  if (over) field.setAttribute("aria-invalid", "true");
  else {
    field.removeAttribute("aria-invalid");
    $("long").hidden = true;
  }
  $("over").textContent = $("count").textContent;
  const kind = PERSONAL.findIndex((like) => like.test(field.value));
  if (kind >= 0)
    $("pd").querySelector("b").textContent = words()[12 + kind].replace("…", () =>
      field.value.match(PERSONAL[kind])[0].trim(),
    );
  $("pd").hidden = kind < 0;
  open(length > 15 && CLOSED.test(field.value));
  draft(field.value);
  return over ? -1 : length;
};
// One suggestion under a question that is closed, said when it comes; it is on the page of beginnings.
let opening;
const open = async (closed) => {
  let hint = $("yes-no");
  if (hint) hint.hidden = !closed;
  else if (closed && !opening) {
    opening = 1;
    hint = await begun("yes-no");
    opening = !hint; // what could not be had is not asked for at each key
    if (hint && $("pd")) {
      $("pd").before(hint);
      if (typed() > 0) say(hint.textContent);
    }
  }
};

const send = (form) => {
  const field = $("q"),
    size = typed();
  if (size < 1) {
    if (size) {
      $("long").hidden = false;
      // No id: it is not kept, and the kiosk looks at how it begins.
      call("ask", { id: "", text: field.value.slice(0, 999) }, "/questions").then(
        (answer) => calm($("long"), answer.care, 1),
        () => 0,
      );
    } else {
      say((field.placeholder = words()[11])); // seen where one looks, and heard
      field.setAttribute("aria-invalid", "true");
    }
    field.focus();
    return $("long").scrollIntoView({ block: "nearest" });
  }
  doc.querySelectorAll(".done").forEach((row) => row.remove());
  const of = (name) => {
    const box = form.querySelector(`[name=${name}]:checked`);
    return box ? box.value : "";
  };
  const id = form.elements.id;
  take({ id: id.value, text: field.value.trim(), theme: of("theme"), speaker: of("speaker"), session: data().session });
  id.value = uuid();
  form.querySelectorAll("[type=radio]").forEach((box) => {
    box.checked = !box.value;
  });
  field.value = "";
  shut();
  typed();
  flush();
  $("out").scrollIntoView({ block: "nearest" });
};

const uuid = () =>
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
    (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16),
  );

// -- support --------------------------------------------------------------------------------------

// What was tapped and the kiosk has not confirmed: the button waits (« … »), and shows as given only what was. One on its
// way at a time: what a filter or a cut holds back must not arrive all at once.
const wishes = {};
let wishing;
const waits = (number) => {
  const box = doc.querySelector(`[data-v="${number}"]`);
  return box && box.closest("form").querySelector("button");
};
const vote = (form) => {
  const number = form.querySelector("[data-v]").dataset.v;
  wishes[number] = number in wishes ? 1 - wishes[number] : +form.elements.on.value;
  wish();
};
const wish = async () => {
  Object.keys(wishes).forEach((number) => {
    const button = waits(number);
    if (button) button.classList.add("wait");
  });
  if (wishing) return;
  wishing = 1;
  try {
    for (let number; (number = Object.keys(wishes)[0]);) {
      const on = wishes[number];
      const answer = await call("support", { number: +number, on: !!on }, `/questions/${number}/soutenir`);
      const error = answer.error || 0;
      if (error.retry_after) {
        setTimeout(wish, error.retry_after * 1e3);
        break;
      }
      if (wishes[number] != on) continue;
      delete wishes[number];
      const button = waits(number);
      if (!answer.ok) {
        say(error.message);
        refresh(0);
      }
      if (!button) continue;
      button.classList.remove("wait");
      if (!answer.ok) continue;
      button.classList.toggle("on", on);
      button.form.elements.on.value = 1 - on;
      doc.querySelector(`[data-v="${number}"]`).textContent = answer.question.support;
    }
  } catch (lost) {
    net(1);
    setTimeout(wish, jitter(5e3));
  }
  wishing = 0;
};

// -- what moves by itself -------------------------------------------------------------------------

let ahead = 0;
const clock = () => {
  const sent = Date.now();
  socket.emit("clock", { t: sent }, (answer) => {
    ahead = answer.now - (sent + Date.now()) / 2;
  });
};
setInterval(
  () =>
    doc.querySelectorAll("[data-end]").forEach((box) => {
      const left = Math.max(0, ((box.dataset.end - Date.now() - ahead) / 1e3) | 0),
        two = (n) => (n < 10 ? "0" : "") + n;
      box.textContent = two((left / 60) | 0) + ":" + two(left % 60);
    }),
  1e3,
);

// What is on screen is told in full: the page where a pupil writes shows it without asking again.
const moved = (news) => {
  const before = state,
    now = $("now");
  state = Object.assign({}, before, news);
  const told = (what) => JSON.stringify(what ? what.id || what.number || what : 0);
  const changed = (name) => name in news && told(news[name]) != told(before[name]);
  (news.votes || []).forEach(([number, support]) => {
    const box = doc.querySelector(`[data-v="${number}"]`);
    if (box) box.textContent = support;
  });
  const current = state.current,
    writes = data().page == "ask";
  if (writes && changed("current") && !now.querySelector("[data-end]")) {
    now.hidden = !current;
    now.querySelector(".big").textContent = current ? spaced(current.text) : "";
  } else if (data().page == "support" && (news.list || changed("current"))) refresh(900);
  if (["phase", "intake", "session", "moderation", "starter"].some(changed)) refresh(600);
  const face = doc.querySelector("[data-end]");
  if (face && news.ends_at) face.dataset.end = news.ends_at;
  if (changed("intake")) flush();
};
let refused = 0;
socket.on("connect", () => {
  refused = 0;
  net();
  clock();
  wish();
});
socket.on("connect_error", () => {
  net(++refused > 1);
  // A filter may swallow WebSocket without a word: the next attempt starts by the other way.
  socket.io.opts.transports = socket.io.opts.transports.slice().reverse();
  if (!socket.active) setTimeout(() => socket.connect(), 5000 + Math.random() * 5000); // refused: knock again
  flush();
});
socket.on("state", (news) => {
  // The page as it was served stands for the first "before": the id and the number are all that is compared.
  const [session, phase, intake] = data().key.split("|");
  if (!state.rev)
    state = {
      rev: +data().rev,
      phase,
      intake,
      moderation: true,
      session,
      current: +data().current,
    };
  const gap = state.rev != news.rev;
  moved(news);
  if (gap && /mine|support/.test(data().page)) refresh(600);
  flush(); // now that we know which session is on
});
socket.on("changed", moved);
const forget = () => {
  items().forEach(drop);
  draft("");
  draft("", "r");
};
socket.on("wiped", () => {
  forget();
  refresh(600);
});
socket.on("mine", (news) => {
  if (news.status == "on_screen") say(words()[10]);
  refresh(200);
});

// -- start ----------------------------------------------------------------------------------------

const start = () => {
  const field = $("q"),
    form = $("r");
  // A reflection begun comes back in its own session, until its answer takes its place.
  const said = new URLSearchParams(draft(null, "r"));
  if (form && said.get("session") == data().session)
    [...form.elements].forEach((box) => {
      const held = said.getAll(box.name);
      if (/^(ra|ch)/.test(box.type)) box.checked = held.includes(box.value);
      else if (box.name) box.value = held[0] || "";
    });
  else if (/refl/.test(data().page)) draft("", "r");
  if (field) {
    // A beginning that was tapped ends with a no-break space: what was written before goes on after it.
    const begun = field.value,
      held = draft();
    if (held.startsWith(begun)) field.value = held;
    else if (/\xa0$/.test(begun) && !/\xa0$/.test(held)) field.value += held;
    if ($("f") && $("count")) typed();
  }
  if ($("tpl")) items().forEach((item) => mark(item, 0));
  wish();
  flush();
};
doc.addEventListener("input", (event) => {
  if (event.target.id == "q") typed();
  else if ($("r")) draft("" + new URLSearchParams(new FormData($("r"))), "r");
});
doc.addEventListener("submit", (event) => {
  const form = event.target,
    id = form.getAttribute("id"); // form.id is its hidden field
  if (id == "f" || form.className == "vote") {
    event.preventDefault();
    (id == "f" ? send : vote)(form);
  } else if (form.method == "post") {
    if (id == "forget") forget();
    event.preventDefault();
    show(form.action, 0, form);
  }
});
doc.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (
    link &&
    !event.ctrlKey &&
    !event.metaKey &&
    (link.closest(".tabs") || link.closest("main")) &&
    link.host == location.host &&
    !link.hash
  ) {
    event.preventDefault();
    const begun = link.dataset.b,
      field = $("q");
    if (begun && field) {
      field.value = begun + (/\xa0$/.test(field.value) ? "" : field.value);
      typed();
      field.focus();
      field.setSelectionRange(begun.length, begun.length);
    } else show(link.href);
  }
});
[
  ["down", 3e3],
  ["up", 99],
].forEach(([name, ms]) =>
  addEventListener("pointer" + name, () => {
    held = Date.now() + ms;
  }),
);
// A part of the page of beginnings, wherever it can be had.
const begun = async (id) => {
  try {
    return (await read(await fetch($("begin").href))).getElementById(id);
  } catch (lost) {}
};
// A theme that is chosen opens its beginnings under the themes; one that is tapped goes before what was typed.
const shut = () => doc.querySelectorAll("form .begin").forEach((list) => list.remove());
doc.addEventListener("change", async ({ target }) => {
  if (target.name != "theme") return;
  const list = await begun(target.value); // none: the theme is chosen all the same
  if (!target.checked) return;
  shut();
  if (list) {
    $("lines").append(list);
    say(list.getAttribute("aria-label"));
  }
});
addEventListener("popstate", () => show(here(), 1));
addEventListener("pageshow", (event) => {
  if (event.persisted) refresh(0);
});
const back = () => {
  flush();
  wish();
};
addEventListener("online", back);
doc.addEventListener("visibilitychange", () => {
  if (!doc.hidden) back();
});
start();
