"""The closed answers of the reflection: code → label (a msgid). A code never changes: rows and the contract hold it."""

from __future__ import annotations

from kiosk.ground.i18n import N_

#: How useful the session was, in three steps (contract, ``reflection.summary``, ``useful``).
USEFUL = {"very": N_("très utile"), "rather": N_("utile"), "little": N_("peu utile")}
#: Whether one would like to know more of a job (contract, ``more``, counts the first).
MORE = {"yes": N_("oui"), "maybe": N_("peut-être"), "no": N_("non")}
#: What hands may be counted for.
SCALES = {"useful": USEFUL, "more": MORE}
#: Ways of studying that a tick says; a pupil may tick several.
TRACKS = {
    "apprentissage": N_("Apprentissage"),
    "cap": N_("CAP"),
    "bac_pro": N_("Bac pro"),
    "bac": N_("Bac général ou techno"),
    "bts_but": N_("BTS, BUT"),
    "licence": N_("Licence, master"),
    "ecole": N_("École spécialisée"),
}
