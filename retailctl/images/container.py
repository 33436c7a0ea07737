"""One container of an image on this machine: started, asked over HTTP, looked into, and always removed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import urllib3

from retailctl.domain.redaction import scrub
from retailctl.errors import RetailctlError
from retailctl.images.engine import Engine
from retailctl.images.failures import engine_calls

LABEL = "io.retailctl.rehearsal"
"""On every container started here, so that one can be told from others."""
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class ContainerSpec:
    """What to run: nothing of it can be written to but the container's own layer."""

    image: str
    port: int
    variables: Mapping[str, str]
    mounts: Mapping[str, Path]
    """Path in the container -> folder of this machine, read only."""
    cores: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, and how long it took."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True)
class ContainerState:
    """How the container is: running, or ended and by what."""

    running: bool
    exit_code: int
    out_of_memory: bool


class Container:
    """A container that runs, or ran."""

    def __init__(self, engine: Engine, id: str, port: int) -> None:
        self._api = engine.api
        self.id = id
        self._port = port
        self._pool = urllib3.PoolManager(retries=False)

    @property
    def state(self) -> ContainerState:
        """As the engine tells it now."""
        with engine_calls("container"):
            told = self._api.inspect_container(self.id)["State"]
        return ContainerState(bool(told["Running"]), int(told["ExitCode"]), bool(told.get("OOMKilled")))

    def ask(self, method: str, path: str, timeout_s: float, body: bytes | None = None) -> Answer | None:
        """The answer to one request; None where nobody answers in time."""
        address = self._address()
        if address is None:
            return None
        headers = {"Content-Type": "application/json"} if body is not None else {}
        began = time.perf_counter()
        try:
            answer = self._pool.request(method, f"{address}{path}", body=body, headers=headers, timeout=timeout_s)
        except urllib3.exceptions.HTTPError:
            return None
        return Answer(answer.status, answer.data, time.perf_counter() - began)

    def log(self, lines: int) -> str:
        """The last lines of its output."""
        with engine_calls("container"):
            text = self._api.logs(self.id, tail=lines)
        return scrub(text.decode(errors="replace").rstrip())

    def _address(self) -> str | None:
        with engine_calls("container"):
            ports = self._api.inspect_container(self.id)["NetworkSettings"]["Ports"] or {}
        bound = ports.get(f"{self._port}/tcp")
        return f"http://{_LOOPBACK}:{bound[0]['HostPort']}" if bound else None


@contextmanager
def started(engine: Engine, spec: ContainerSpec) -> Iterator[Container]:
    """A container of ``spec``, reached on this machine alone; gone at the end, come what may.

    Raises:
        ResourceNotFound: the engine does not hold the image.
        ServerFault: it cannot start the container.
    """
    api = engine.api
    port = f"{spec.port}/tcp"
    limits = {
        **({"nano_cpus": int(spec.cores * 1e9)} if spec.cores else {}),
        **({"mem_limit": spec.memory_bytes, "memswap_limit": spec.memory_bytes} if spec.memory_bytes else {}),
    }
    with engine_calls(f"image {spec.image}"):
        host = api.create_host_config(
            port_bindings={port: (_LOOPBACK, None)},
            binds={str(folder): {"bind": path, "mode": "ro"} for path, folder in spec.mounts.items()},
            init=True,
            **limits,
        )
        made = api.create_container(
            spec.image,
            environment=dict(spec.variables),
            ports=[spec.port],
            labels={LABEL: spec.image},
            host_config=host,
        )["Id"]
    try:
        with engine_calls(f"start of {spec.image}"):
            api.start(made)
        yield Container(engine, made, spec.port)
    finally:
        with suppress(RetailctlError), engine_calls("container"):
            api.remove_container(made, force=True, v=True)
