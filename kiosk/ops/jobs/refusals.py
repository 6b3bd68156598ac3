"""Why a file is not read."""

from __future__ import annotations


class NoJobs(ValueError):
    """It can be read, and holds no job: nothing wrong beside another that does, in one archive."""
