"""The fourteen school levels of the contract (section 3), in school order.

The codes are the product's own short list: a MEF per class would identify pupils more than needed.
"""

from collections.abc import Iterable

from kiosk.ground.i18n import N_, _
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Level:
    """One level. `label` (full words) and `short` (as classes are named: "4e") are msgids; `school` is
    college, lycee or pro.
    """

    code: str
    label: str
    short: str
    school: str


LEVELS: Registry[Level] = Registry(
    "level",
    [
        Level("6E", N_("sixième"), N_("6e"), "college"),
        Level("5E", N_("cinquième"), N_("5e"), "college"),
        Level("4E", N_("quatrième"), N_("4e"), "college"),
        Level("3E", N_("troisième"), N_("3e"), "college"),
        Level("3SEGPA", N_("troisième SEGPA"), N_("3e SEGPA"), "college"),
        Level("3PM", N_("troisième prépa-métiers"), N_("3e prépa-métiers"), "college"),
        Level("2GT", N_("seconde générale et technologique"), N_("2de"), "lycee"),
        Level("1GT", N_("première générale et technologique"), N_("1re"), "lycee"),
        Level("TGT", N_("terminale générale et technologique"), N_("Tle"), "lycee"),
        Level("2PRO", N_("seconde professionnelle"), N_("2de pro"), "pro"),
        Level("1PRO", N_("première professionnelle"), N_("1re pro"), "pro"),
        Level("TPRO", N_("terminale professionnelle"), N_("Tle pro"), "pro"),
        Level("CAP1", N_("CAP, première année"), N_("CAP 1re année"), "pro"),
        Level("CAP2", N_("CAP, deuxième année"), N_("CAP 2e année"), "pro"),
    ],
)


def summary(codes: Iterable[str]) -> str:
    """Return the levels of a session in words, in the current language: "5e et 4e"; unknown codes are
    shown as they are.
    """
    order = LEVELS.codes()
    known = sorted(
        {code for code in codes},
        key=lambda code: order.index(code) if code in LEVELS else len(order),
    )
    names = [_(LEVELS.get(code).short) if code in LEVELS else code for code in known]
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s et %(last)s", first=", ".join(names[:-1]), last=names[-1])
