// A starter goes to the head of the question being typed; what was typed stays after it.
export function startStarters() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("[data-starter]");
    const field = link && document.getElementById("nouvelle");
    if (!field) return;
    event.preventDefault();
    event.stopPropagation();
    const begun = link.dataset.starter;
    const all = Array.from(document.querySelectorAll("[data-starter]"), (one) => one.dataset.starter);
    const typed = all.includes(field.value) ? "" : field.value;
    field.value = begun + typed;
    const theme = field.form.elements.theme;
    if (theme && !theme.value) theme.value = link.dataset.of;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    field.setSelectionRange(begun.length, begun.length);
  });
}
