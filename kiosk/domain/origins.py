"""Where a question comes from (``Question.origin``): a phone (``live``), a pupil whose words are typed in (``spoken``,
``paper``), the list of this class (``prepared``) or the centre's (``centre``).
"""

from __future__ import annotations

#: What a pupil wrote or said, and what waits in the prepared list.
SAID, PREPARED = ("live", "spoken", "paper"), ("prepared", "centre")
