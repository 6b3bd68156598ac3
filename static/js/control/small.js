// Small helps: the sentence that goes with a reason, the printer.
export function startSmall() {
  document.addEventListener("change", (event) => {
    const radio = event.target;
    if (!radio.dataset || !radio.dataset.sentence || !radio.form) return;
    const place = radio.form.querySelector("[data-reads]");
    if (place) place.textContent = radio.dataset.sentence;
  });
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });
}
