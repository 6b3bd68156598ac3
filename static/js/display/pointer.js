/* The arrow leaves the class's screen when nobody moves it. */

const STILL = 3000; // ms without a move

export function hidePointer() {
  let due = 0;
  const hide = () => document.documentElement.classList.add("still");
  const moved = () => {
    document.documentElement.classList.remove("still");
    clearTimeout(due);
    due = setTimeout(hide, STILL);
  };
  addEventListener("mousemove", moved);
  moved();
}
