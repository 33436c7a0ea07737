"""What an in-memory workspace holds, the clock it lives by, and the faults a test puts into it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from retailctl.azureml.scoring import ScoringAnswer
from retailctl.domain.resources import (
    Compute,
    DataVersion,
    Deployment,
    Endpoint,
    EnvironmentVersion,
    Identity,
    Job,
    ModelVersion,
    SlotMetrics,
    Usage,
    VmSize,
)
from retailctl.domain.traffic import Traffic
from retailctl.errors import RetailctlError

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves only when somebody sleeps; ``on_sleep`` lets the world change meanwhile."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.on_sleep: list[Callable[[], object]] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.elapsed += seconds
        for happens in self.on_sleep:
            happens()


@dataclass
class JobScript:
    """What becomes of the next job that is submitted."""

    status: str = "Completed"
    log: tuple[str, ...] = ("training\n", "done\n")
    error: str | None = None
    exit_code: int | None = 0
    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """Output name -> path -> content."""


def answer_with_model(slot: str, body: bytes) -> ScoringAnswer:
    """The answer of a healthy slot."""
    text = b'{"model": {"name": "retail-forecast", "slot": "%s"}, "forecasts": []}' % slot.encode()
    return ScoringAnswer(200, text, 0.004, None, {"x-request-id": "11111111-1111-1111-1111-111111111111"})


@dataclass
class World:
    """Every resource of one workspace, by name, and what tests set up around them."""

    clock: FakeClock = field(default_factory=FakeClock)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    deployments: dict[tuple[str, str], Deployment] = field(default_factory=dict)
    models: dict[tuple[str, int], ModelVersion] = field(default_factory=dict)
    environments: dict[tuple[str, str], EnvironmentVersion] = field(default_factory=dict)
    data: dict[tuple[str, str], DataVersion] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    job_logs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    job_files: dict[str, Mapping[str, Mapping[str, bytes]]] = field(default_factory=dict)
    computes: dict[str, Compute] = field(
        default_factory=lambda: {"cpu-cluster": Compute("cpu-cluster", "AmlCompute", "Standard_DS3_v2", "Succeeded")}
    )
    usages: list[Usage] = field(default_factory=list)
    vm_sizes: list[VmSize] = field(default_factory=list)
    identity: Identity = field(
        default_factory=lambda: Identity("cli", "tenant-1", "ann@example.org", START + timedelta(hours=1))
    )
    clock_skew: timedelta = timedelta(0)
    """How far the service's clock is ahead of ours."""
    metrics: dict[str, SlotMetrics] = field(default_factory=dict)
    logs: dict[tuple[str, str], str] = field(default_factory=dict)
    """(slot, container) -> the whole log."""
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=lambda: {"location": "westeurope"})

    registries: dict[str, str] = field(default_factory=dict)
    """Container registry -> its ARM id."""
    pullers: set[tuple[str, str]] = field(default_factory=set)
    """(registry's id, principal) that may pull."""

    calls: list[str] = field(default_factory=list)
    """Each request in order, such as ``endpoints.get``."""
    faults: dict[str, list[RetailctlError]] = field(default_factory=lambda: defaultdict(list))
    """Request -> what its next calls fail with."""
    before_write: list[Callable[[], None]] = field(default_factory=list)
    """Each runs once between an endpoint's read and its write, as another process would; the write is then refused
    with a conflict and made again on a fresh read."""
    stale_reads: int = 0
    """After a write, so many reads still show the endpoint as it was."""
    next_job: JobScript = field(default_factory=JobScript)
    next_slot_fails: RetailctlError | None = None
    """The next deployment that is applied ends as Failed, with this."""
    answer: Callable[[str, bytes], ScoringAnswer] = answer_with_model

    def called(self, request: str) -> None:
        """Note a request, and fail it where a test wants that."""
        self.calls.append(request)
        if self.faults[request]:
            raise self.faults[request].pop(0)

    def writes(self) -> list[str]:
        """The requests that changed something."""
        reading = ("get", "find", "list", "describe", "usages", "logs", "by_slot", "score", "latest", "outputs")
        return [call for call in self.calls if call.rpartition(".")[2] not in reading]

    def add_endpoint(
        self, name: str = "retail-forecast-endpoint", traffic: Mapping[str, int] | None = None, **rest: object
    ) -> Endpoint:
        """An endpoint as a read shows it."""
        values: dict[str, object] = {
            "state": "Succeeded",
            "auth_mode": "key",
            "traffic": Traffic(traffic or {}),
            "mirror": Traffic(),
            "tags": {},
            "scoring_uri": f"http://127.0.0.1:9/{name}/score",
            "created_at": self.clock.now(),
            **rest,
        }
        self.endpoints[name] = Endpoint(name, **values)  # type: ignore[arg-type]
        self.keys[name] = ("first-key", "second-key")
        return self.endpoints[name]

    def add_slot(self, name: str, endpoint: str = "retail-forecast-endpoint", **rest: object) -> Deployment:
        """A slot that serves, unless ``rest`` says otherwise."""
        values: dict[str, object] = {
            "state": "Succeeded",
            "model": "retail-forecast:1",
            "image": "acr.azurecr.io/retail/infer@sha256:" + "a" * 64,
            "instance_type": "Standard_DS3_v2",
            "instance_count": 1,
            "tags": {},
            "created_at": self.clock.now(),
            **rest,
        }
        self.deployments[endpoint, name] = Deployment(name, endpoint, **values)  # type: ignore[arg-type]
        return self.deployments[endpoint, name]

    def add_model(self, version: int, name: str = "retail-forecast", **rest: object) -> ModelVersion:
        """A registered version."""
        values: dict[str, object] = {
            "type": "mlflow_model",
            "path": f"azureml://jobs/job-{version}/outputs/model_out",
            "job": f"job-{version}",
            "tags": {},
            "created_at": self.clock.now(),
            **rest,
        }
        self.models[name, version] = ModelVersion(name, version, **values)  # type: ignore[arg-type]
        return self.models[name, version]

    def add_environment(self, version: str, name: str = "retail-infer", **rest: object) -> EnvironmentVersion:
        """A registered version."""
        values: dict[str, object] = {"image": None, "tags": {}, "created_at": self.clock.now(), **rest}
        self.environments[name, version] = EnvironmentVersion(name, version, **values)  # type: ignore[arg-type]
        return self.environments[name, version]

    def add_job(self, name: str, status: str = "Completed", **rest: object) -> Job:
        """A job of the default experiment; the one added last is the newest."""
        values: dict[str, object] = {
            "display_name": "retail-train",
            "experiment": "retail-demand-forecast",
            "compute": "cpu-cluster",
            "tags": {},
            "created_at": self.clock.now(),
            **rest,
        }
        self.jobs[name] = Job(name, status, **values)  # type: ignore[arg-type]
        return self.jobs[name]
