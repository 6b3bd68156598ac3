"""What the kit asks a centre, a file a subject, in the order in which it is tried: reading first, then what writes, and
last what makes a kiosk unusable.
"""

# isort: off
from kiosk.conform.checks import about  # noqa: F401
from kiosk.conform.checks import pairing  # noqa: F401
from kiosk.conform.checks import exchange  # noqa: F401
from kiosk.conform.checks import second  # noqa: F401
from kiosk.conform.checks import sessions  # noqa: F401
from kiosk.conform.checks import portraits  # noqa: F401
from kiosk.conform.checks import carried  # noqa: F401
from kiosk.conform.checks import refusals  # noqa: F401
# isort: on
