"""The soak's local Azure ML: the server as a process of its own, and an endpoint with two slots."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import requests

from retailctl.emulator import daemon
from tests.emulator import bodies
from tests.emulator.api import Api

SLOTS = ("blue", "green")
ENDPOINT = "/onlineEndpoints/soak"
_FOLDER = Path(__file__).parent
_SETTINGS = {"maxConcurrentRequestsPerInstance": 100, "requestTimeout": "PT30S"}


class World:
    """A running server, what serves on it, and what the soak knows of it."""

    def __init__(self, folder: Path) -> None:
        """Start the server, and serve; `folder` is to be empty, and keeps everything."""
        self.state = folder / "state"
        table = folder / "runners.json"
        table.write_text(json.dumps(_runners(folder)))
        self.connection = daemon.start(self.state, table, runner="process")
        self.server = psutil.Process(self.connection["pid"])
        self.api = Api(self.connection)
        try:
            self._serve()
        except BaseException:
            self.close()
            raise

    def _serve(self) -> None:
        self.infer: str = self.api.arm("PUT", "/environments/infer/versions/1", json=bodies.environment()).json()["id"]
        train = bodies.environment(bodies.TRAIN_IMAGE)
        self.train: str = self.api.arm("PUT", "/environments/train/versions/1", json=train).json()["id"]
        self.succeed("PUT", ENDPOINT, json=bodies.endpoint())
        for slot in SLOTS:
            self.deploy(slot)
        self.split({"blue": 50, "green": 50})
        self.address: str = self.api.arm("GET", ENDPOINT).json()["properties"]["scoringUri"]

    @property
    def router(self) -> psutil.Process:
        """The process that answers scoring requests."""
        return next(each for each in self.server.children() if _is_router(each))

    @property
    def port_and_path(self) -> tuple[int, str]:
        """Where scoring requests go."""
        parts = urlsplit(self.address)
        assert parts.port is not None
        return parts.port, parts.path

    def keys(self) -> dict[str, str]:
        """The endpoint's keys."""
        found: dict[str, str] = self.expect(200, "POST", f"{ENDPOINT}/listKeys").json()
        return found

    def expect(self, status: int, method: str, path: str, **options: Any) -> requests.Response:
        """A request below the workspace that must be answered so."""
        answer = self.api.arm(method, path, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def operate(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The end of a long-running operation, whatever it is."""
        answer = self.api.arm(method, path, **options)
        return self.api.done(answer) if answer.status_code != 204 else {"status": "Succeeded"}

    def succeed(self, method: str, path: str, **options: Any) -> None:
        """A long-running operation that must end well."""
        ended = self.operate(method, path, **options)
        assert ended["status"] == "Succeeded", f"{method} {path}: {ended}"

    def deploy(self, slot: str, instances: int = 1, endpoint: str = ENDPOINT, **variables: str) -> None:
        """Write a slot, and wait until it is ready."""
        body = self.slot_body(slot, instances, **variables)
        self.succeed("PUT", f"{endpoint}/deployments/{slot}", json=body)

    def slot_body(self, slot: str, instances: int = 1, **variables: str) -> dict[str, Any]:
        """A slot of the stand-in."""
        settings = {"requestSettings": _SETTINGS, "environmentVariables": {"SLOT": slot, **variables}}
        return bodies.deployment(self.infer, slot, instances, **settings)

    def fault(self, **body: Any) -> str:
        """Put a fault in force; its id."""
        answer = self.api.call("POST", "/_local/faults", json=body)
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["id"]
        return found

    def split(self, traffic: Mapping[str, int], mirror: Mapping[str, int] | None = None) -> None:
        """Shift the traffic."""
        body = bodies.endpoint(traffic=dict(traffic), mirrorTraffic=dict(mirror or {}))
        self.succeed("PUT", ENDPOINT, json=body)

    def close(self) -> None:
        """Stop the server, and all that it started."""
        self.api.session.close()
        daemon.stop(self.state)


def _runners(folder: Path) -> dict[str, Any]:
    container = [str(_FOLDER / "local_soak_container.py"), "{port}"]
    infer = {"image": "*/retail/infer*", "folder": str(_FOLDER), "command": ["{python}", *container]}
    return {"runners": [infer, {"image": "*/retail/train*", "folder": str(folder)}]}


def _is_router(process: psutil.Process) -> bool:
    try:
        return "retailctl.emulator.router" in process.cmdline()
    except psutil.Error:  # it has just ended
        return False
