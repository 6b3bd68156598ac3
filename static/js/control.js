// The teacher's panel. Everything works as links and forms; this keeps the page up to date and quick.
import { startPanel } from "./control/panel.js";
import { startLink } from "./control/link.js";
import { startTimer } from "./control/timer.js";
import { startKeys } from "./control/keys.js";
import { startCopy } from "./control/copy.js";
import { startSort } from "./control/sort.js";
import { startSmall } from "./control/small.js";
import { startDrafts } from "./control/drafts.js";
import { startAloud } from "./control/aloud.js";
import { startSoon } from "./control/soon.js";
import { startPreview } from "./control/preview.js";
import { startStarters } from "./control/starters.js";

document.documentElement.classList.add("js");
startSmall();
if (document.getElementById("panel")) {
  startStarters(); // before the panel's own links
  startPanel();
  startTimer();
  startKeys();
  startCopy();
  startSort();
  startDrafts();
  startAloud();
  startLink();
  startSoon();
  startPreview();
}
