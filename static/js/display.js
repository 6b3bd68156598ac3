/* The large display: one page that stays open for a whole day. */

import { stayAwake } from "./display/awake.js";
import { fit } from "./display/fit.js";
import { listen } from "./display/keys.js";
import { connect } from "./display/link.js";
import { hidePointer } from "./display/pointer.js";
import { card, onDraw, root, settle } from "./display/screen.js";
import { tick } from "./display/ticking.js";

const words = JSON.parse(document.getElementById("words").textContent);

listen();
onDraw(() => tick(words));
settle();
connect(document.getElementById("offline"));
stayAwake(words);
hidePointer();
setInterval(() => {
  tick(words);
  card();
}, 250);

let planned = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(planned);
  planned = requestAnimationFrame(() => fit(root()));
});
if (document.fonts) document.fonts.ready.then(() => fit(root()));
