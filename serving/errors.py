"""What a caller did wrong, as one JSON shape: {"error": {"code", "message", "field"}}.

Codes are stable words for programs, messages are for people, `field` is the path in the request's JSON.
"""

from __future__ import annotations

import orjson

CODES: dict[int, tuple[str, ...]] = {
    400: ("malformed-json", "malformed-http"),
    404: ("not-found",),
    405: ("method-not-allowed",),
    408: ("slow-request",),
    413: ("body-too-large", "too-many-series", "too-many-days", "too-many-values"),
    415: ("unsupported-media-type",),
    422: (
        "missing-field",
        "unknown-field",
        "invalid-value",
        "unknown-series",
        "unknown-event",
        "duplicate-series",
        "duplicate-date",
    ),
    429: ("overloaded",),
    431: ("head-too-large",),
    500: ("internal-error",),
    503: ("model-not-ready", "deadline-exceeded", "overloaded"),
}
"""Every status that an error can have, and the codes that come with it."""


class RequestError(Exception):
    """A request that cannot be answered; becomes a 4xx (or 503 while there is no model)."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field

    def within(self, outer: str) -> RequestError:
        """The same error seen from further out: `price` within `future[3]` is `future[3].price`."""
        if self.field is None:
            self.field = outer
        elif self.field.startswith("["):
            self.field = outer + self.field
        else:
            self.field = f"{outer}.{self.field}"
        return self


def invalid(message: str, field: str | None = None, code: str = "invalid-value") -> RequestError:
    """422: well-formed JSON whose content is wrong."""
    return RequestError(422, code, message, field)


def error_body(code: str, message: str, field: str | None = None) -> bytes:
    return orjson.dumps({"error": {"code": code, "message": message, "field": field}})
