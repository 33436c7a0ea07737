"""What a slot is made of and how it fails: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from retailctl.emulator.runners.program import Program

Container = Literal["inference-server", "storage-initializer"]
Pace = Literal["immediate", "realistic"]
MAX_LOG_BYTES = 16 * 2**20
"""What is kept of an instance's output."""


@dataclass(frozen=True, slots=True)
class ProbeTiming:
    """A probe's settings in seconds and counts; the defaults are the platform's."""

    initial_delay_s: float = 10.0
    period_s: float = 10.0
    timeout_s: float = 2.0
    success_threshold: int = 1
    failure_threshold: int = 30

    @property
    def budget_s(self) -> float:
        """How long a container may take until the probe passes.

        Each setting is documented; that this is their sum is inferred [inf].
        """
        return self.initial_delay_s + self.period_s * self.failure_threshold


@dataclass(frozen=True, slots=True)
class Route:
    """A path, and the port of the container that answers it."""

    path: str
    port: int = 8080


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may use: cores and bytes of memory, those of the machine that it would have had."""

    cores: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """All that is needed to run one deployment.

    The routes' ports are the container's own. `model_dir` is the folder that holds the root of the model's artifacts
    on this machine; `model_mount` is where a container sees it (AZUREML_MODEL_DIR). `limits` bind containers alone.
    `log_folder` belongs to this slot alone. Pace `immediate` probes at once and often until the first success, within
    the same budget; `realistic` keeps the probes' own timing and a cluster's pauses between restarts.
    """

    endpoint: str
    deployment: str
    program: Program
    log_folder: Path
    model_dir: Path | None = None
    model_mount: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    instance_count: int = 1
    liveness: Route = Route("/")
    readiness: Route = Route("/")
    scoring: Route = Route("/")
    limits: Limits | None = None
    liveness_probe: ProbeTiming = ProbeTiming()
    readiness_probe: ProbeTiming = ProbeTiming()
    pace: Pace = "immediate"


@dataclass(frozen=True, slots=True)
class InstanceUsage:
    """What an instance's processes use now: CPU in percent of one core since the last call, resident memory in bytes.

    `ready` is whether it receives requests.
    """

    ready: bool
    cpu_percent: float
    memory_bytes: int
    processes: int


class SlotFailed(Exception):
    """The slot did not become ready. `reason` is one sentence; `log_tail` is the failing instance's last lines."""

    def __init__(self, reason: str, log_tail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.log_tail = log_tail
