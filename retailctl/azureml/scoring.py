"""Requests to an endpoint's scoring address, over a connection that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ScoringAnswer:
    """What came back; a failure of the model is an answer too, and its own status is told apart."""

    status: int
    body: bytes = field(repr=False)
    seconds: float
    slot: str | None
    """The slot that was asked for; None: the endpoint's split chose."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    model_status: int | None = None
    """The container's own status, where the platform reports it beside 424."""

    @property
    def ok(self) -> bool:
        """Whether the model answered with a success."""
        return self.status == 200


class ScoringClient:
    """Sends requests to one endpoint; fetches its key or token once."""

    def score(self, body: bytes, *, slot: str | None = None, timeout_s: float = 60.0) -> ScoringAnswer:
        """Send one JSON body, past the split to ``slot`` where one is named.

        408, 424 and 429 are answers. What says that the call itself was wrong is raised.

        Raises:
            NotLoggedIn: the key or token is not accepted (401).
            ResourceNotFound: no slot takes traffic, or the named one does not exist (404).
            Unreachable: no connection, or no answer within ``timeout_s``.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection."""
        raise NotImplementedError
