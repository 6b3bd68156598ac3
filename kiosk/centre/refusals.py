"""What the centre refuses: problems for kiosks (contract, section 5), sentences for the office."""

from __future__ import annotations

from kiosk.contract import PROBLEMS, FieldError, Problem

#: Codes beside the contract's own, for addresses and methods that do not exist.
MORE = {
    "not_found": 404,
    "method_not_allowed": 405,
    "range": 416,
    "media_type": 415,
    "bad_request": 400,
    "internal": 500,
    "token_over": 401,
    "read_only": 403,
    "refused": 422,
    "item_too_large": 422,
}
TITLES = {
    "unauthorized": "The bearer token is missing or unknown",
    "token_revoked": "This kiosk was revoked: pair it again",
    "forbidden": "This token belongs to another kiosk or school",
    "pairing_code": "The pairing code is wrong, used or expired",
    "kiosk_cloned": "Two machines use this kiosk identity: take a new one and pair again",
    "cursor_expired": "This cursor is no longer known: start again from null",
    "too_large": "More than 50 operations, or a body that is too long",
    "invalid": "The message is not of the contract",
    "version": "This version of the contract is not spoken here",
    "rate_limited": "Too many requests",
    "unavailable": "The centre cannot answer for the moment",
    "not_found": "Nothing at this address",
    "method_not_allowed": "This address does not answer this method",
    "range": "This range is outside the portrait",
    "media_type": "The body must be application/json, gzip or not",
    "bad_request": "The request cannot be read",
    "internal": "The centre met an error; it is in its journal",
    "token_over": "This token was withdrawn or has expired: ask the office for another",
    "read_only": "This token only reads",
    "refused": "The office would refuse this: nothing was written",
    "item_too_large": "A kiosk could not take this: nothing was written",
}


#: Codes of one operation's refusal (contract, section 3).
REJECTIONS = frozenset({"invalid", "forbidden", "unknown_session", "session_full", "session_cancelled", "session_over"})


class Refusal(Exception):
    """An answer of section 5. `retry_after` is in seconds. A code that no table holds raises LookupError."""

    def __init__(
        self, code: str, detail: str = "", *, errors: list[FieldError] | None = None, retry_after: int | None = None
    ) -> None:
        if code not in TITLES or not (code in PROBLEMS or code in MORE):
            raise LookupError(f"no refusal has the code {code!r}")
        super().__init__(code)
        self.code, self.detail, self.errors, self.retry_after = code, detail, errors or [], retry_after

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return PROBLEMS.get(self.code) or MORE[self.code]

    def problem(self) -> Problem:
        """The body of the answer."""
        return Problem(
            code=self.code,
            status=self.status,
            title=TITLES[self.code],
            detail=self.detail or f"{TITLES[self.code]}.",
            errors=self.errors,
        )


class Rejection(Exception):
    """One operation is refused for good: a verdict `rejected` with its code (of REJECTIONS) and a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        if code not in REJECTIONS:
            raise LookupError(f"no rejection has the code {code!r}")
        super().__init__(code)
        self.code, self.detail = code, detail


class OfficeError(Exception):
    """A form of the back office is refused: one sentence for its reader, the field at fault, and for programs a code
    that never changes its meaning.
    """

    #: The HTTP status of the page that says so.
    status = 422

    def __init__(self, message: str, field: str = "", code: str = "refused") -> None:
        super().__init__(message)
        self.message, self.field, self.code = message, field, code
