// What a phone keeps: questions not yet acknowledged (one key each, so two tabs never overwrite one
// another) and drafts, by name. A browser that refuses storage still sends: memory stands in.
const memory = {};
const guarded = (act) => {
  try {
    return act();
  } catch (refused) {
    return undefined;
  }
};

export const take = (item) => {
  memory[item.id] = item;
  guarded(() => localStorage.setItem("q:" + item.id, JSON.stringify(item)));
};
export const drop = (item) => {
  delete memory[item.id];
  guarded(() => localStorage.removeItem("q:" + item.id));
};
export const items = () => {
  guarded(() =>
    Object.keys(localStorage).forEach((name) => {
      if (name.startsWith("q:")) memory[name.slice(2)] = JSON.parse(localStorage[name]);
    }),
  );
  return Object.keys(memory).map((id) => memory[id]);
};
const words = {};
export const draft = (text, name = "d") => {
  if (text != null) {
    words[name] = text;
    guarded(() => {
      sessionStorage[name] = text;
    });
  }
  return guarded(() => sessionStorage[name]) || words[name] || "";
};
