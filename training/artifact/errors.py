"""What can go wrong with an artifact: it cannot be opened, or it is asked what it cannot answer."""

from __future__ import annotations


class ArtifactError(Exception):
    """The folder is not an artifact that this code can serve; the message names the file and the repair."""


class RequestError(ValueError):
    """A forecast was asked for in a way that has no answer.

    ``field`` is the field of ``ForecastRequest`` at fault, ``index`` the place in it where there is one.
    """

    def __init__(self, message: str, field: str, index: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.index = index
