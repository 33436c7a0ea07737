"""A local Azure ML with something in it, as a process of its own: what its benchmarks ask for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from retailctl.emulator import daemon
from retailctl.emulator.connection import Connection
from retailctl.emulator.store.folder import StateFolder
from tests.emulator import bodies
from tests.emulator.api import VERSION, Api

ENDPOINT, DEPLOYMENT = "/onlineEndpoints/shop", "/onlineEndpoints/shop/deployments/blue"
MODEL, MODELS, JOB = "/models/retail/versions/1", "/models/retail/versions", "/jobs/first"
_SERVE = Path(__file__).parents[1] / "contract" / "programs" / "serve.py"
_PATIENCE_S = 30.0
_POLL_S = 0.005
_SEVERAL = 100
"""How many model versions and jobs there are: a full page of a list."""


class Contents:
    """The running server, its client, and requests to it as bytes."""

    def __init__(self, connection: Connection, state: Path) -> None:
        self.connection = connection
        self.state = state
        self.process = psutil.Process(connection["pid"])
        self.port = int(connection["url"].rpartition(":")[2])
        self.api = Api(connection)

    @property
    def database(self) -> Path:
        """The state's SQLite file."""
        return StateFolder(self.state).database

    @property
    def router(self) -> psutil.Process:
        """The process that answers scoring requests."""
        return next(each for each in self.process.children() if "retailctl.emulator.router" in each.cmdline())

    def request(self, method: str, path: str, body: Any = None) -> bytes:
        """A request below the workspace, with what azure-ai-ml sends along."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} {self.api.workspace}{path}?api-version={VERSION} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "User-Agent: azure-ai-ml/1.35.0 azsdk-python-mgmt-machinelearningservices/0.1.0 Python/3.11",
            "Accept: application/json",
            "Accept-Encoding: gzip, deflate",
            "Connection: keep-alive",
            "x-ms-client-request-id: 00000000-0000-0000-0000-000000000000",
            f"Authorization: Bearer {self.connection['token']}",
            *(["Content-Type: application/json", f"Content-Length: {len(content)}"] if content else []),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + content

    def environment(self, image: str, name: str) -> str:
        """The id of a new environment."""
        answer = self.api.arm("PUT", f"/environments/{name}/versions/1", json=bodies.environment(image))
        found: str = answer.json()["id"]
        return found

    def submit(self, name: str, environment: str, command: str) -> None:
        """A job that has been taken on."""
        answer = self.api.arm("PUT", f"/jobs/{name}", json=bodies.job(environment, command))
        assert answer.status_code == 201, answer.text

    def ended(self, name: str) -> dict[str, Any]:
        """A job's properties, as soon as it has completed."""
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            found: dict[str, Any] = self.api.arm("GET", f"/jobs/{name}").json()["properties"]
            if found["status"] == "Completed":
                return found
            assert found["status"] not in {"Failed", "Canceled"}, found
            time.sleep(_POLL_S)
        raise AssertionError(f"the job {name} has not ended within {_PATIENCE_S:g} s")

    def fill(self) -> None:
        """An endpoint that serves, models, data, jobs."""
        infer = self.environment(bodies.INFER_IMAGE, "infer")
        train = self.environment(bodies.TRAIN_IMAGE, "train")
        self.api.done(self.api.arm("PUT", ENDPOINT, json=bodies.endpoint()))
        ended = self.api.done(self.api.arm("PUT", DEPLOYMENT, json=bodies.deployment(infer)))
        assert ended["status"] == "Succeeded", ended
        blob = f"{self.connection['cloud_metadata']['resource_manager']}/local.blob.core.local/azureml-blobstore/m/f"
        sent = self.api.session.put(blob, b"x", headers={"x-ms-blob-type": "BlockBlob"}, timeout=30)
        assert sent.status_code == 201, sent.text
        for number in range(1, _SEVERAL + 1):
            answer = self.api.arm("PUT", f"{MODELS}/{number}", json=model())
            assert answer.status_code == 201, answer.text
            self.submit(f"job-{number}" if number > 1 else JOB.rpartition("/")[2], train, "true")
        for number in range(2, _SEVERAL + 1):
            self.ended(f"job-{number}")


def model() -> dict[str, Any]:
    """A model version's body."""
    address = "azureml://datastores/workspaceblobstore/paths/m"
    return {"properties": {"modelUri": address, "modelType": "custom_model", "tags": {"weeks": "104"}}}


def data() -> dict[str, Any]:
    """A data version's body."""
    return {"properties": {"dataType": "uri_folder", "dataUri": "azureml://datastores/workspaceblobstore/paths/m"}}


@contextmanager
def started(folder: Path) -> Iterator[Contents]:
    """An empty workspace in an empty folder, stopped at the end."""
    table = folder / "runners.json"
    table.write_text(json.dumps(runners(folder)))
    state = folder / "state"
    contents = Contents(daemon.start(state, table, runner="process"), state)
    try:
        yield contents
    finally:
        contents.api.session.close()
        daemon.stop(state)


def runners(folder: Path) -> dict[str, Any]:
    """What stands for images."""
    infer = {"image": "*/retail/infer*", "folder": str(folder), "command": ["{python}", str(_SERVE), "{port}"]}
    return {"runners": [infer, {"image": "*/retail/train*", "folder": str(folder)}]}
