"""What is read from a workspace, as plain frozen values; names follow Azure ML's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from retailctl.domain.traffic import Traffic

TERMINAL_JOB_STATES = frozenset({"Completed", "Failed", "Canceled"})
"""Job states that no longer change (Azure ML spells cancelled with one l)."""


@dataclass(frozen=True)
class Endpoint:
    """An online endpoint; ``raw`` is the resource as it was read, for a whole PUT."""

    name: str
    state: str
    auth_mode: str
    traffic: Traffic
    mirror: Traffic
    tags: Mapping[str, str]
    scoring_uri: str | None
    created_at: datetime | None = None
    raw: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Deployment:
    """One slot of an endpoint."""

    name: str
    endpoint: str
    state: str
    model: str | None
    """``name:version``."""
    image: str | None
    instance_type: str
    instance_count: int
    tags: Mapping[str, str]
    error: str | None = None
    """Why it failed, where the service says so."""
    environment: str | None = None
    """``name:version`` of its environment."""
    created_at: datetime | None = None
    changed_at: datetime | None = None
    """When it was last deployed to."""
    runner: str | None = None
    """docker or process, where the local Azure ML says how it runs the slot."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What its YAML says of variables, tags, requests and probes, by dotted path."""
    raw: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Job:
    """A command job."""

    name: str
    status: str
    display_name: str | None
    experiment: str | None
    compute: str | None
    tags: Mapping[str, str]
    created_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None
    exit_code: int | None = None
    studio_url: str | None = None
    command: str | None = None
    """The command line it runs, its inputs and outputs as ``${{inputs.name}}``."""
    raw: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def ended(self) -> bool:
        """Whether its state no longer changes."""
        return self.status in TERMINAL_JOB_STATES


@dataclass(frozen=True)
class ModelVersion:
    """One registered version of a model."""

    name: str
    version: int
    type: str
    path: str | None
    job: str | None
    """The job whose output it is, where known."""
    tags: Mapping[str, str]
    archived: bool = False
    created_at: datetime | None = None

    @property
    def text(self) -> str:
        """``name:version``."""
        return f"{self.name}:{self.version}"


@dataclass(frozen=True)
class EnvironmentVersion:
    """One registered version of an environment."""

    name: str
    version: str
    image: str | None
    tags: Mapping[str, str]
    archived: bool = False
    created_at: datetime | None = None

    @property
    def text(self) -> str:
        """``name:version``."""
        return f"{self.name}:{self.version}"


@dataclass(frozen=True)
class DataVersion:
    """One registered version of a data asset."""

    name: str
    version: str
    type: str
    path: str | None
    tags: Mapping[str, str]
    archived: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True)
class Compute:
    """A compute cluster."""

    name: str
    type: str
    size: str | None
    state: str
    tier: str | None = None
    min_nodes: int | None = None
    max_nodes: int | None = None


@dataclass(frozen=True)
class Keys:
    """An endpoint's keys; never shown by accident."""

    primary: str = field(repr=False)
    secondary: str = field(repr=False)


@dataclass(frozen=True)
class AccessToken:
    """A token for an endpoint, and when it ends (UTC)."""

    token: str = field(repr=False)
    expires_at: datetime | None = None
    refresh_at: datetime | None = None


@dataclass(frozen=True)
class SlotMetrics:
    """What a slot did over a span: requests, failures by the model's own status, latency in milliseconds."""

    slot: str
    requests: float
    errors_4xx: float
    errors_5xx: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True)
class Usage:
    """Use of one quota: cores of a VM family."""

    name: str
    used: int
    limit: int


@dataclass(frozen=True)
class VmSize:
    """A machine size of a region; ``family`` is what its cores count towards."""

    name: str
    family: str
    cores: int


@dataclass(frozen=True)
class Identity:
    """Who a credential turned out to be, as far as its token says."""

    credential: str
    tenant_id: str | None
    account: str | None
    expires_at: datetime | None
