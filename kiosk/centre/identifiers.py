"""What a session, a person, a notice or a question may be called: what the contract's messages hold."""

from __future__ import annotations

import unicodedata

from kiosk.centre.refusals import OfficeError
from kiosk.contract.storable import storable
from kiosk.contract.values import ID_LONGEST
from kiosk.ground.i18n import _


def check_id(id: str) -> None:
    """Whether a thing may be called so, here and at kiosks. :raises OfficeError: `identifier`."""
    if not 0 < len(id) <= ID_LONGEST or not storable(id) or any(unicodedata.category(sign) == "Cc" for sign in id):
        raise OfficeError(
            _("Un identifiant a de 1 à %(max)s signes, sur une ligne.", max=ID_LONGEST), "id", "identifier"
        )
