"""The whole picture of a release, as values: endpoint, slots, newest jobs and models, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from retailctl.domain.traffic import Traffic
from retailctl.workflows.status.inputs import InputStatus


@dataclass(frozen=True)
class EndpointStatus:
    """The endpoint and how its requests are shared out."""

    name: str
    state: str
    auth_mode: str
    scoring_uri: str | None
    traffic: Traffic
    mirror: Traffic
    changed_at: datetime | None
    """When retailctl last changed the split (ISO 8601, UTC)."""
    previous: str | None
    """The split that ``rollback`` returns to, as it is typed, with its mirror where it has one."""


@dataclass(frozen=True)
class SlotStatus:
    """One slot: what it serves, on what, and how it has done lately."""

    name: str
    state: str
    model: str | None
    """``name:version``."""
    image: str | None
    digest: str | None
    instance_type: str
    instance_count: int
    traffic: int
    """Per cent of the requests."""
    mirror: int
    """Per cent of the requests copied to it."""
    idle: bool
    """Ready, billed, and without requests or copies of them."""
    for_rollback: bool
    """Whether the split that ``rollback`` returns to needs it."""
    error: str | None = None
    requests_per_minute: float | None = None
    error_rate: float | None = None
    """Share of requests that the model answered with 5xx, 0 to 1; None without requests."""
    p50_ms: float | None = None
    p95_ms: float | None = None
    created_at: datetime | None = None
    image_tag: str | None = None
    """A tag that the image had in its registry when it was deployed."""
    revision: str | None = None
    """Revision of the code that the image was built from."""
    runner: str | None = None
    """docker or process, on the local Azure ML."""
    differs: bool | None = None
    """Whether the image would be another one if it were built from the working tree; None where nobody can tell."""
    inputs: InputStatus | None = None
    """What it was asked, where that was wanted and its log tells."""
    inputs_missing: str | None = None
    """Why it is not told, where it was wanted."""


@dataclass(frozen=True)
class JobStatus:
    """A job in one line."""

    name: str
    status: str
    experiment: str | None
    created_at: datetime | None
    ended_at: datetime | None
    studio_url: str | None
    error: str | None


@dataclass(frozen=True)
class ModelStatus:
    """A model version and the slots that serve it."""

    name: str
    version: int
    created_at: datetime | None
    served_by: tuple[str, ...]
    metrics: Mapping[str, str] = field(default_factory=dict)
    """Figures of its backtest, from its tags."""


@dataclass(frozen=True)
class Advice:
    """Something to act on, and the command that does."""

    text: str
    command: str


@dataclass(frozen=True)
class StatusResult:
    """Everything at once; an endpoint that does not exist is None, and ``advice`` says how to get one."""

    profile: str
    workspace: str
    endpoint_name: str
    endpoint: EndpointStatus | None
    slots: tuple[SlotStatus, ...]
    jobs: tuple[JobStatus, ...]
    models: tuple[ModelStatus, ...]
    advice: tuple[Advice, ...]
    window_s: float
    """Span that the slots' figures are of, up to now."""
