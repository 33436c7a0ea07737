"""An image that only a registry of this machine has: pulled by its digest, with Docker's own credentials."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from retailctl.emulator import LocalWorkspace
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api
from tests.images.registry import PASSWORD, USER, installed, running_registry


@pytest.fixture
def pushed(docker_client: Any, image: str, tmp_path: Path) -> Iterator[str]:
    """The reference of an image by its digest in a registry, and the engine has it no longer."""
    if not installed():
        pytest.skip("no docker-registry to pull from")
    # Content of its own: removing the last name of an image that others use would not remove it.
    container = docker_client.containers.create(image, labels={"only": "here"})
    with running_registry(tmp_path) as host:
        repository = f"{host}/retail/{uuid4().hex}"
        made = container.commit(repository, "1", changes=f"LABEL of={uuid4().hex}")
        container.remove()
        login = {"username": USER, "password": PASSWORD}
        events = list(docker_client.api.push(repository, "1", stream=True, decode=True, auth_config=login))
        digest = next(event["aux"]["Digest"] for event in events if event.get("aux"))
        docker_client.images.remove(made.id, force=True)
        yield f"{repository}@{digest}"
        for found in docker_client.images.list(repository):
            docker_client.images.remove(found.id, force=True)


def _logged_in(host: str, folder: Path) -> str:
    folder.mkdir()
    secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": secret}}}))
    return str(folder)


def _run(reference: str) -> dict[str, Any]:
    """The run of a job in the image."""
    with LocalWorkspace(runner="docker") as workspace:
        api = Api.of(workspace)
        environment = api.arm("PUT", "/environments/train/versions/1", json=bodies.environment(reference)).json()["id"]
        api.arm("PUT", "/jobs/pulled", json=bodies.job(environment, "true"))
        path = f"/history/v1.0{api.workspace}/runs/pulled/details"
        until(lambda: api.call("GET", path).json()["status"] in {"Completed", "Failed"})
        found: dict[str, Any] = api.call("GET", path).json()
        return found


def test_it_is_pulled_with_the_login_that_docker_has(
    pushed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", _logged_in(pushed.partition("/")[0], tmp_path / "docker"))
    ended = _run(pushed)
    assert ended["status"] == "Completed", ended


def test_the_registrys_refusal_is_the_reason(pushed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    said = _run(pushed)["error"]["error"]["message"]
    assert "cannot be run by Docker" in said
    assert "basic auth" in said
