"""Faults of scoring requests as plain values: what the control plane sends, beside the routing table."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

ANY = ".*"


@dataclass(frozen=True, slots=True)
class ScoringFault:
    """What goes wrong, and with which requests: `endpoint` and `slot` are regular expressions for the whole of a name.

    `path` is searched in the path that the caller asked for. `seen` and `met` count what came before, in another
    process of the router. Of the other fields each kind reads its own.
    """

    id: str
    kind: Literal["status", "drop", "delay", "trickle"]
    endpoint: str
    slot: str = ANY
    method: str = "*"
    path: str = ANY
    count: int | None = 1
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    seen: int = 0
    met: int = 0
    status: int = 503
    code: str | None = None
    model_status: int = 500
    retry_after_s: float | None = None
    when: Literal["before", "middle", "after"] = "before"
    delay_s: float = 1.0
    bytes_per_s: int = 100

    def to_json(self) -> dict[str, Any]:
        """Plain values for the control socket."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "ScoringFault":
        """The fault again; raises TypeError or ValueError for anything else."""
        fault = cls(**document)
        try:
            for expression in (fault.endpoint, fault.slot, fault.path):
                re.compile(expression)
        except re.error as error:
            raise ValueError(f"fault {fault.id!r}: {error}") from error
        return fault
