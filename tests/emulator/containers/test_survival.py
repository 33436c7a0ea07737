"""What becomes of containers when their server, or its keeper, or the engine goes."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
import requests

from retailctl.emulator import LocalWorkspace, daemon
from retailctl.emulator.connection import Connection
from retailctl.emulator.errors import EngineUnavailable
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api
from tests.emulator.containers.conftest import containers_of

Start = Callable[..., Connection]


@pytest.fixture
def state(tmp_path: Path, docker_client: Any) -> Iterator[Path]:
    """A state folder whose server and containers, if any are left, are removed."""
    folder = tmp_path / "state"
    yield folder
    if daemon.status(folder) is not None:
        daemon.stop(folder)
    daemon.remove_containers(folder)
    assert not containers_of(docker_client, folder)


@pytest.fixture
def serving(state: Path, image: str) -> Connection:
    """A server with one slot of a container that takes all traffic."""
    connection = daemon.start(state, runner="docker")
    api, body = Api(connection), bodies.environment(image)
    for route in body["properties"]["inferenceConfig"].values():
        route["port"] = 9000
    environment = api.arm("PUT", "/environments/infer/versions/1", json=body).json()["id"]
    api.done(api.arm("PUT", "/onlineEndpoints/shop", json=bodies.endpoint()))
    done = api.done(api.arm("PUT", "/onlineEndpoints/shop/deployments/blue", json=bodies.deployment(environment)))
    assert done["status"] == "Succeeded", done
    api.done(api.arm("PUT", "/onlineEndpoints/shop", json=bodies.endpoint(traffic={"blue": 100})))
    return connection


def _score(connection: Connection) -> int:
    api = Api(connection)
    key = api.arm("POST", "/onlineEndpoints/shop/listKeys").json()["primaryKey"]
    address = api.arm("GET", "/onlineEndpoints/shop").json()["properties"]["scoringUri"]
    return requests.post(address, json={}, headers={"Authorization": f"Bearer {key}"}, timeout=30).status_code


def _kill(connection: Connection, *, with_keeper: bool = False) -> None:
    server = psutil.Process(connection["pid"])
    keepers = [child for child in server.children() if "keeper.py" in " ".join(child.cmdline())]
    assert len(keepers) == 1
    for process in [*keepers, server] if with_keeper else [server]:
        process.kill()
        process.wait()


def test_a_stopped_server_leaves_no_container_and_no_marker(
    serving: Connection, state: Path, docker_client: Any
) -> None:
    assert (state / "containers").exists()
    daemon.stop(state)
    assert not containers_of(docker_client, state)
    assert not (state / "containers").exists()


def test_a_killed_server_leaves_no_container_and_comes_back_serving(
    serving: Connection, state: Path, docker_client: Any
) -> None:
    _kill(serving)
    until(lambda: not containers_of(docker_client, state))
    assert _score(daemon.start(state, runner="docker")) == 200


def test_what_is_left_when_the_keeper_is_killed_too_is_replaced_by_the_next_start(
    serving: Connection, state: Path, docker_client: Any
) -> None:
    _kill(serving, with_keeper=True)
    (orphan,) = containers_of(docker_client, state)
    assert _score(daemon.start(state, runner="docker")) == 200
    (now,) = containers_of(docker_client, state)
    assert now["Id"] != orphan["Id"]


def test_what_is_left_can_be_removed_without_a_server(serving: Connection, state: Path, docker_client: Any) -> None:
    _kill(serving, with_keeper=True)
    daemon.remove_containers(state)
    assert not containers_of(docker_client, state)
    assert not (state / "containers").exists()


def test_a_killed_keeper_is_replaced_before_the_next_container(
    serving: Connection, state: Path, docker_client: Any
) -> None:
    server = psutil.Process(serving["pid"])
    (keeper,) = [child for child in server.children() if "keeper.py" in " ".join(child.cmdline())]
    keeper.kill()
    api = Api(serving)
    api.done(api.arm("PATCH", "/onlineEndpoints/shop/deployments/blue", json={"sku": {"capacity": 2}}))
    _kill(serving)
    until(lambda: not containers_of(docker_client, state))


def test_without_an_engine_containers_are_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nowhere.sock")
    with pytest.raises(EngineUnavailable, match="no Docker engine listens at unix://"):
        daemon.start(tmp_path / "state", runner="docker")


def test_an_engine_of_another_machine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    with pytest.raises(EngineUnavailable, match="not of this machine"):
        daemon.start(tmp_path / "state", runner="docker")


def test_an_engine_that_hangs_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "hang.sock"))
        silent.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/hang.sock")
        with LocalWorkspace(runner="auto") as workspace:
            assert "does not answer in time" in workspace.connection["runner_in_use"]


def test_an_engine_that_begins_to_hang_holds_up_no_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docker_client: Any
) -> None:
    """A relay to the real engine that is frozen once the workspace knows it."""
    relay = _Relay(tmp_path / "relay.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{relay.path}")
    with relay, LocalWorkspace(runner="docker") as workspace:
        relay.frozen = True
        api = Api.of(workspace)
        environment = api.arm("PUT", "/environments/i/versions/1", json=bodies.environment("some/image:1")).json()["id"]
        assert api.arm("PUT", "/jobs/held", json=bodies.job(environment, "true")).status_code == 201
        told = api.session.get(f"{api.url}/_local/status", timeout=2).json()
        assert told["runner"]["asked"] == "docker"
        relay.frozen = False


class _Relay:
    """Passes connections on to the engine, except while it is frozen."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.frozen = False
        self._socket = socket.socket(socket.AF_UNIX)

    def __enter__(self) -> _Relay:
        self._socket.bind(str(self.path))
        self._socket.listen()
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._socket.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect("/var/run/docker.sock")
            for source, target in ((near, far), (far, near)):
                Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        while True:
            try:
                data = source.recv(65536)
                until(lambda: not self.frozen)
                target.sendall(data)
            except OSError:
                return
            if not data:
                return
