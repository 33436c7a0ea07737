"""What a slot is made of and how it fails: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from retailctl.emulator.runners.table import RunnerEntry

Container = Literal["inference-server", "storage-initializer"]
Pace = Literal["immediate", "realistic"]


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
        """How long a container may take until the probe passes."""
        return self.initial_delay_s + self.period_s * self.failure_threshold


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """All that is needed to run one deployment.

    The routes' ports are the container's own; here every instance listens on one free port, which stands for all of
    them. `model_dir` is the folder that holds the root of the model's artifacts on this machine (AZUREML_MODEL_DIR);
    `model_mount` is where a container would have seen it, for the log of the storage initializer. `log_folder`
    belongs to this slot alone. Pace `immediate` probes at once and often until the first success, within the same
    budget; `realistic` keeps the probes' own timing and a cluster's pauses between restarts.
    """

    endpoint: str
    deployment: str
    entry: RunnerEntry
    log_folder: Path
    model_dir: Path | None = None
    model_mount: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    instance_count: int = 1
    liveness_path: str = "/"
    readiness_path: str = "/"
    liveness_probe: ProbeTiming = ProbeTiming()
    readiness_probe: ProbeTiming = ProbeTiming()
    pace: Pace = "immediate"


@dataclass(frozen=True, slots=True)
class SlotUsage:
    """What the slot's processes use now: CPU in percent of one core since the last call, resident memory in bytes."""

    cpu_percent: float
    memory_bytes: int
    processes: int


class SlotFailed(Exception):
    """The slot did not become ready. `reason` is one sentence; `log_tail` is the failing instance's last lines."""

    def __init__(self, reason: str, log_tail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.log_tail = log_tail
