"""What ends leaves no process and no file, also where something goes wrong on the way."""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.router.client import RouterClient, RouterError
from tests.emulator import bodies
from tests.emulator.api import Api

_ENDPOINT = "/onlineEndpoints/leaving"
_SLOT = f"{_ENDPOINT}/deployments/blue"


@pytest.fixture
def slot(api: Api, infer: str) -> str:
    """The path of a deployment without traffic."""
    api.done(api.arm("PUT", _ENDPOINT, json=bodies.endpoint()))
    assert api.done(api.arm("PUT", _SLOT, json=bodies.deployment(infer, "leaving")))["status"] == "Succeeded"
    return _SLOT


def _instances() -> list[psutil.Process]:
    """The processes of the slot."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if process.environ().get("SLOT") == "leaving" and "serve.py" in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:  # ended meanwhile
            continue
    return found


async def _refuse(*_args: object, **_options: object) -> Any:
    raise RouterError("The router has not answered.")


def test_a_slot_ends_although_nobody_can_tell_whether_its_requests_are_answered(
    api: Api, slot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RouterClient, "drained", _refuse)
    assert len(_instances()) > 0
    assert api.done(api.arm("DELETE", slot))["status"] == "Succeeded"
    assert _instances() == []


def test_a_deletion_that_fails_can_be_repeated_and_leaves_no_process(
    api: Api, slot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(RouterClient, "apply", _refuse)
        assert api.done(api.arm("DELETE", slot))["status"] == "Failed"
    assert api.done(api.arm("DELETE", slot))["status"] == "Succeeded"
    assert _instances() == []


def test_attempts_that_fail_leave_no_more_than_the_newest_and_what_serves(
    api: Api, slot: str, infer: str, workspace: LocalWorkspace
) -> None:
    for build in range(3):
        body = bodies.deployment(infer, environmentVariables={"CRASH": "1", "BUILD": str(build)})
        assert api.done(api.arm("PUT", slot, json=body))["status"] == "Failed"
    assert len(list((workspace.state / "slots/leaving/blue").iterdir())) == 2
    assert "the model cannot be loaded" in api.arm("POST", f"{slot}/getLogs", json={}).json()["content"]
    assert len(_instances()) > 0
