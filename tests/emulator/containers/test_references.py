"""What a reference says of where an image may come from, and an engine's refusals in a line; no engine is asked."""

from __future__ import annotations

from pathlib import Path

import docker.errors
import pytest
import requests

from retailctl.emulator.runners.containers.engine import EngineError, connect, guarded, reason_of
from retailctl.emulator.runners.containers.images import is_nowhere_else, is_on_this_machine
from retailctl.emulator.runners.containers.owner import Owner

_DIGEST = "@sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("reference", "here", "nowhere_else"),
    [
        (f"127.0.0.1:5000/retail/infer{_DIGEST}", True, False),
        ("localhost:5000/retail/infer:1", True, False),
        ("[::1]:5000/retail/infer:1", True, False),
        (f"localhost/retail/infer{_DIGEST}", False, True),
        ("acrretail.azurecr.io/retail/infer:1", False, False),
        ("python:3.11-slim", False, False),
        ("192.0.2.1:5000/retail/infer:1", False, False),
    ],
)
def test_a_reference_says_which_registry_is_asked(reference: str, here: bool, nowhere_else: bool) -> None:
    assert (is_on_this_machine(reference), is_nowhere_else(reference)) == (here, nowhere_else)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (docker.errors.APIError("500", explanation="no space\n left on device"), "no space left on device"),
        (requests.exceptions.ReadTimeout("Read timed out."), "does not answer in time"),
        (requests.exceptions.ConnectionError("('Connection aborted.', None)"), "cannot be reached"),
        (docker.errors.DockerException("PermissionError(13, 'Permission denied')"), "group docker"),
        (docker.errors.DockerException("x" * 1000), "xxx..."),
    ],
)
def test_a_refusal_is_one_short_line(error: Exception, said: str) -> None:
    reason = reason_of(error)
    assert said in reason
    assert "\n" not in reason
    assert len(reason) < 410


def test_what_goes_wrong_between_here_and_the_engine_is_one_kind_of_error() -> None:
    def fail(_: object) -> None:
        raise requests.exceptions.ConnectionError("Connection refused")

    with pytest.raises(EngineError):
        guarded(fail, None)


@pytest.mark.anyio
async def test_a_file_that_is_no_socket_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file.sock").touch()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/file.sock")
    with pytest.raises(EngineError, match="cannot be reached"):
        await connect(Owner(tmp_path, tmp_path / "containers"))
