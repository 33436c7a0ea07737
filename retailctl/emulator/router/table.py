"""The routing table: plain values that the control plane sends and the router swaps in as a whole.

Credentials travel as digests, so neither the table nor the router's memory holds a key.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ADDRESS = re.compile(r"[^\s:]+:[0-9]{1,5}")

AuthMode = Literal["key", "aml_token", "aad_token"]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller may present as bearer: the SHA-256 (hex) of the secret, and its end (epoch seconds) if any."""

    sha256: str
    expires_at: float | None = None

    @classmethod
    def of(cls, secret: str, expires_at: float | None = None) -> "Credential":
        """The credential that accepts `secret`."""
        return cls(hashlib.sha256(secret.encode()).hexdigest(), expires_at)


@dataclass(frozen=True, slots=True)
class SlotRoute:
    """Where a deployment's ready instances listen (`host:port`), and its request settings.

    `instance_count` is the deployment's own figure, ready or not: the platform's limit of requests in flight,
    `2 * max_concurrent * instance_count`, does not follow readiness.
    """

    addresses: tuple[str, ...] = ()
    timeout_ms: int = 5000
    max_concurrent: int = 1
    instance_count: int = 1


@dataclass(frozen=True, slots=True)
class EndpointRoute:
    """One endpoint: who may call it, how its traffic splits (percent by slot), what is mirrored, and its slots."""

    auth_mode: AuthMode = "key"
    credentials: tuple[Credential, ...] = ()
    weights: Mapping[str, int] = field(default_factory=dict)
    mirror: Mapping[str, int] = field(default_factory=dict)
    slots: Mapping[str, SlotRoute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RouteTable:
    """Every endpoint by name."""

    endpoints: Mapping[str, EndpointRoute] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values for the control socket."""
        return {"endpoints": {name: asdict(route) for name, route in self.endpoints.items()}}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "RouteTable":
        """The table again; raises KeyError, TypeError or ValueError on anything else."""
        return cls({name: _endpoint(name, route) for name, route in document["endpoints"].items()})


def _endpoint(name: str, document: Mapping[str, Any]) -> EndpointRoute:
    route = EndpointRoute(
        auth_mode=document["auth_mode"],
        credentials=tuple(Credential(**credential) for credential in document["credentials"]),
        weights=document["weights"],
        mirror=document["mirror"],
        slots={slot_name: _slot(slot) for slot_name, slot in document["slots"].items()},
    )
    for problem in _problems(name, route):
        raise ValueError(f"endpoint {name!r}: {problem}")
    return route


def _slot(document: Mapping[str, Any]) -> SlotRoute:
    return SlotRoute(**{**document, "addresses": tuple(document["addresses"])})


def _problems(name: str, route: EndpointRoute) -> Iterator[str]:
    """Everything is checked here, before anything of a table is in use."""
    if not all(map(_NAME.fullmatch, (name, *route.slots))):  # the endpoint's is a file name, a slot's a header
        yield "a name has other characters than letters, digits, '-' and '_'"
    if unknown := (route.weights.keys() | route.mirror.keys()) - route.slots.keys():
        yield f"traffic for unknown slots {sorted(unknown)}"
    if min((*route.weights.values(), *route.mirror.values()), default=0) < 0 or sum(route.mirror.values()) > 100:
        yield "shares of traffic must be 0 to 100"
    if not all(_DIGEST.fullmatch(credential.sha256) for credential in route.credentials):
        yield "a credential is not a SHA-256 in hexadecimal"
    if not all(_ADDRESS.fullmatch(address) for slot in route.slots.values() for address in slot.addresses):
        yield "an address is not host:port"
