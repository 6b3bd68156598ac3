// Swap the panel's inside for a newer one without losing what the teacher is doing.
import { Idiomorph } from "idiomorph";

const chosen = (select) => {
  const fixed = Array.prototype.findIndex.call(select.options, (option) => option.defaultSelected);
  return fixed < 0 ? 0 : fixed;
};

/** Whether a field holds something that the server did not put there. */
export function dirty(field) {
  if (field.matches("textarea, input:not([type=checkbox]):not([type=radio]):not([type=hidden])")) {
    return !field.readOnly && field.value !== field.defaultValue;
  }
  if (field.matches("input[type=checkbox], input[type=radio]")) return field.checked !== field.defaultChecked;
  return field.matches("select") && field.selectedIndex !== chosen(field);
}

const FIELDS = "textarea, input, select";

/** Whether anything typed or ticked in `root` is not saved yet. */
export function holdsWork(root) {
  return Array.from(root.querySelectorAll(FIELDS)).some(dirty);
}

/**
 * Bring `panel` to `html`. Typed text, ticked boxes, open details, focus and selection stay.
 * Returns the text of a field that had to go (its question went elsewhere), or "".
 */
export function morph(panel, html) {
  const typed = Array.from(panel.querySelectorAll("textarea")).filter((field) => dirty(field) && field.value.trim());
  Idiomorph.morph(panel, html, {
    morphStyle: "innerHTML",
    callbacks: {
      beforeNodeMorphed(now) {
        if (now.nodeType !== 1) return true;
        if (now.hasAttribute("data-still") || now.hasAttribute("data-while")) return false;
        // Not Idiomorph's own ignoreActiveValue: it leaves out all that is inside a focused <main> too.
        return !(now.matches(FIELDS) && (dirty(now) || now === document.activeElement));
      },
      // Shown once, in the answer itself (a fresh invitation): it stays as long as the page still lists it.
      beforeNodeRemoved(now) {
        return !(now.nodeType === 1 && now.dataset.while && html.includes(now.dataset.while));
      },
      beforeAttributeUpdated(name, node) {
        if (name === "tabindex" && node === document.activeElement) return false; // a title where reading goes on
        return name !== "draggable" && !(name === "open" && node.matches("details"));
      },
    },
  });
  const gone = typed.find((field) => !field.isConnected);
  return gone ? gone.value : "";
}
