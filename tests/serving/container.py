"""The service's second backend: the inference image in a container, its model mounted as Azure ML mounts it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import docker
import docker.errors
import requests
from docker.models.containers import Container
from docker.types import Mount

from tests.serving.image import LABEL
from tests.serving.process import Launch

MODELS = "/var/azureml-app/azureml-models"
PORT = "8080/tcp"


class ContainerProcess:
    """A container with the members of `subprocess.Popen` that tests use."""

    def __init__(self, image: str, limits: Mapping[str, object], model_dir: Path | None, settings: Mapping[str, str]):
        self._client = docker.from_env()
        environment = dict(settings)
        mounts = []
        if model_dir is not None:
            folder = f"{MODELS}/{model_dir.parent.name}/{model_dir.name}"
            environment["AZUREML_MODEL_DIR"] = folder
            mounts = [Mount(folder, str(model_dir), type="bind", read_only=True)]
        created = self._client.containers.create(
            image,
            environment=environment,
            mounts=mounts,
            ports={PORT: ("127.0.0.1", None)},
            labels={LABEL: str(os.getpid())},
            read_only=True,
            **limits,
        )
        self._container: Container = created
        try:
            created.start()
            created.reload()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Of its first process, as the machine numbers it."""
        self._container.reload()
        pid: int = self._container.attrs["State"]["Pid"]
        return pid

    @property
    def lines(self) -> Iterable[str]:
        return _lines(self._container.logs(stdout=False, stream=True, follow=True))

    def published(self, port: int) -> int:
        assert f"{port}/tcp" == PORT
        return int(self._container.ports[PORT][0]["HostPort"])

    def execute(self, command: list[str]) -> int:
        """The exit code of a command that is run beside the service."""
        return int(self._container.exec_run(command).exit_code)

    def poll(self) -> int | None:
        self._container.reload()
        state = self._container.attrs["State"]
        return None if state["Running"] else int(state["ExitCode"])

    def wait(self, timeout: float) -> int:
        try:
            code: int = self._container.wait(timeout=timeout)["StatusCode"]
        except (requests.ConnectionError, requests.ReadTimeout) as error:
            raise TimeoutError(f"the container still runs after {timeout:g} s") from error
        return code

    def send_signal(self, number: int) -> None:
        try:
            self._container.kill(signal.Signals(number).name)
        except docker.errors.APIError as error:
            if error.status_code != requests.codes.conflict:  # it has ended already
                raise

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        self._container.remove(force=True, v=True)
        self._client.close()


def containers_of(image: str, **limits: object) -> Launch:
    """Starts services from an image; ``limits`` are docker-py's, such as ``mem_limit``."""
    return partial(ContainerProcess, image, limits)


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode() for line in whole)
    if rest:
        yield rest.decode()
