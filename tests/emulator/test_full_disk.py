"""A disk that is really full: what a request, a job, an update under way, a start and a log make of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests

from retailctl.emulator import daemon
from retailctl.emulator.errors import UnusableState
from tests.contract.conftest import RUNNERS
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api

SHOP = "/onlineEndpoints/shop"
BLUE = f"{SHOP}/deployments/blue"
BLOB = "/local.blob.core.local/azureml-blobstore/file"
WHOLE = {"x-ms-blob-type": "BlockBlob"}


class Disk:
    """A small disk that holds a state folder, and a file that fills it."""

    def __init__(self, state: Path, runners: Path) -> None:
        self.state = state
        self._runners = runners
        self._filling = state / "filling"

    def start(self) -> Api:
        """A server on it."""
        return Api(daemon.start(self.state, self._runners, runner="process"))

    def fill(self) -> None:
        """Leave no room."""
        with self._filling.open("ab", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 4096):
                continue
        assert shutil.disk_usage(self.state).free == 0

    def make_room(self) -> None:
        """Give the room back."""
        self._filling.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """An empty disk of eight megabytes."""
    state, runners = tmp_path / "state", tmp_path / "runners.json"
    state.mkdir()
    runners.write_text(json.dumps(RUNNERS))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "none", str(state)], check=False)
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield Disk(state, runners)
    if daemon.is_held(state):
        daemon.stop(state)
    subprocess.run(["umount", "--lazy", str(state)], check=True)


def _refusal(answer: requests.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert "retailctl cleanup" in error["message"]
    return answer.status_code, error["code"]


def _train(api: Api) -> str:
    body = bodies.environment(bodies.TRAIN_IMAGE)
    found: str = api.arm("PUT", "/environments/train/versions/1", json=body).json()["id"]
    return found


def _status(api: Api, job: str) -> str:
    status: str = api.arm("GET", f"/jobs/{job}").json()["properties"]["status"]
    return status


def test_writes_are_refused_and_reads_go_on(disk: Disk) -> None:
    api = disk.start()
    train = _train(api)
    api.call("PUT", BLOB, data=b"kept", headers=WHOLE)
    disk.fill()
    large = {"properties": {"tags": {"a": "x" * 200_000}}}
    assert _refusal(api.arm("PUT", "/models/m", json=large)) == (507, "InsufficientStorage")
    assert _refusal(api.arm("PUT", SHOP, json={**bodies.endpoint(), **large["properties"]})) == (
        507,
        "InsufficientStorage",
    )
    job = bodies.job(train, "true", tags=large["properties"]["tags"])
    assert _refusal(api.arm("PUT", "/jobs/one", json=job)) == (507, "InsufficientStorage")
    for path in ("/models/m", SHOP, "/jobs/one"):
        assert api.arm("GET", path).status_code == 404
    upload = api.call("PUT", BLOB, data=b"x" * 1_000_000, headers=WHOLE)
    assert (upload.status_code, upload.headers["x-ms-error-code"]) == (409, "InsufficientStorage")
    assert "retailctl cleanup" in upload.text
    assert api.call("GET", BLOB).content == b"kept"
    disk.make_room()
    assert api.arm("PUT", "/models/m", json=large).status_code == 201
    assert api.call("PUT", BLOB, data=b"x" * 1_000_000, headers=WHOLE).status_code == 201


def test_an_update_that_meets_it_ends_when_there_is_room(disk: Disk) -> None:
    api = disk.start()
    environment = api.arm("PUT", "/environments/infer/versions/1", json=bodies.environment()).json()["id"]
    api.done(api.arm("PUT", SHOP, json=bodies.endpoint()))
    api.call("POST", "/_local/faults", json={"kind": "stuck", "resource": "shop/blue"})
    settings = {f"LARGE_{number}": "x" * 1000 for number in range(300)}
    accepted = api.arm("PUT", BLUE, json=bodies.deployment(environment, environmentVariables=settings))
    disk.fill()
    api.call("DELETE", "/_local/faults")
    operation = accepted.headers["Azure-AsyncOperation"]
    log = disk.state / "server.log"
    before = log.stat().st_size
    api.arm("GET", "/models/none")
    assert log.stat().st_size >= before
    assert api.session.get(operation, timeout=30).status_code == 200
    disk.make_room()
    ended = api.done(accepted)
    state = api.arm("GET", BLUE).json()["properties"]["provisioningState"]
    assert (ended["status"], state) in {("Failed", "Failed"), ("Succeeded", "Succeeded")}
    again = api.done(api.arm("PUT", BLUE, json=bodies.deployment(environment)))
    assert again["status"] == "Succeeded"


def test_a_job_that_meets_it_ends_when_there_is_room(disk: Disk) -> None:
    api = disk.start()
    train = _train(api)
    command = "head -c 20000000 /dev/zero > ${{outputs.large}}/file"
    outputs = {"large": {"jobOutputType": "uri_folder"}}
    tags = {"a": "x" * 100_000}
    api.arm("PUT", "/jobs/one", json=bodies.job(train, command, outputs=outputs, tags=tags))
    until(lambda: _status(api, "one") == "Running")
    until(lambda: not _runs(disk))
    assert _status(api, "one") == "Running"
    for file in (disk.state / "blobs").rglob("file"):
        os.truncate(file, 0)
    until(lambda: _status(api, "one") == "Failed")


def _runs(disk: Disk) -> bool:
    """Whether a job's process does."""
    running = daemon.status(disk.state)
    assert running is not None
    children = psutil.Process(running["pid"]).children()
    return any("dcid.one" in word for child in children for word in child.cmdline())


def test_a_start_says_so_and_the_next_one_serves_what_was_there(disk: Disk) -> None:
    api = disk.start()
    api.arm("PUT", "/models/kept", json={"properties": {}})
    daemon.stop(disk.state)
    (disk.state / "tls" / "server.key").unlink()  # something that must be written
    disk.fill()
    with pytest.raises(UnusableState, match="no room left on the disk") as refused:
        disk.start()
    assert "make room" in refused.value.hint
    disk.make_room()
    assert disk.start().arm("GET", "/models/kept").status_code == 200


def test_a_start_on_a_disk_that_was_full_from_the_beginning_says_so(disk: Disk) -> None:
    disk.fill()
    with pytest.raises(UnusableState, match="no room left on the disk"):
        disk.start()
    disk.make_room()
    assert disk.start().call("GET", "/_local/status").status_code == 200
