"""The local Azure ML behind the command line, for real: started by the first command, once, and ended."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.search_path import search_path

Start = Callable[..., "subprocess.Popen[str]"]

pytestmark = pytest.mark.contract


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts ``python -m retailctl`` in an empty project; whatever server comes of it is stopped at the end."""
    environ = {**os.environ, "PYTHONPATH": search_path(), "RETAILCTL_STATE": str(tmp_path / "state")}

    def command(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "retailctl", *arguments],
            cwd=tmp_path,
            env={**environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    yield command
    command("local", "stop").communicate(timeout=60)


def ended(process: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == code, stderr
    return stdout, stderr


def status(start: Start) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ended(start("local", "status", "-o", "json"))[0])
    return found


def test_the_first_command_starts_it_and_says_so_once(start: Start) -> None:
    assert not status(start)["running"]
    stdout, stderr = ended(start("job", "list", "-o", "json"))
    assert json.loads(stdout) == []
    assert stderr.count("Starting the local Azure ML") == 1
    assert ended(start("job", "list", "-o", "json"))[1] == ""
    assert status(start)["running"]


def servers(state: Path) -> list[int]:
    """Processes that serve a state folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"serve" in words and str(state).encode() in words:
            found.append(int(file.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="counts processes in /proc")
def test_two_commands_at_once_start_one_server(start: Start, tmp_path: Path) -> None:
    both = [start("job", "list", "-o", "json"), start("model", "list", "-o", "json")]
    assert [json.loads(ended(process)[0]) for process in both] == [[], []]
    assert servers(tmp_path / "state") == [status(start)["pid"]]


def test_stopping_and_starting_again_keeps_the_address(start: Start) -> None:
    ended(start("local", "start"))
    first = status(start)
    ended(start("local", "stop"))
    assert not status(start)["running"]
    ended(start("local", "stop"))
    ended(start("local", "start"))
    assert status(start)["url"] == first["url"]


def test_a_taken_port_is_named(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        stdout, stderr = ended(start("local", "start", "--port", str(port)), code=7)
    assert str(port) in stderr
    assert stdout == ""


def test_a_corrupt_state_names_its_repair_to_whoever_started_it(start: Start, tmp_path: Path) -> None:
    ended(start("local", "start"))
    ended(start("local", "stop"))
    for part in (tmp_path / "state").glob("state.sqlite*"):
        part.write_bytes(b"this is no database" * 1000)
    _, stderr = ended(start("status"), code=7)
    assert "retailctl local reset" in stderr
    assert "Traceback" not in stderr
    ended(start("local", "reset", "--yes"))
    ended(start("status"))


def test_env_prints_what_another_client_needs(start: Start) -> None:
    ended(start("local", "env"), code=7)
    ended(start("local", "start", "--quiet"))
    published = json.loads(ended(start("local", "env", "-o", "json"))[0])
    names = {"url", "ca_bundle", "token", "subscription_id", "resource_group", "workspace_name", "cloud_metadata"}
    assert names <= set(published)
    assert published["token"] not in "".join(ended(start("local", "status"))) + "".join(ended(start("local", "logs")))


def test_the_runner_that_is_asked_for_is_the_one_in_use(start: Start) -> None:
    ended(start("local", "start", "--runner", "process"))
    assert status(start)["runner"] == "process (as asked)"
    ended(start("local", "start"))
    _, stderr = ended(start("local", "start", "--runner", "docker"), code=5)
    assert "runs with the runner process, not docker" in stderr
    assert "retailctl local stop" in stderr


def test_a_runner_that_cannot_be_had_is_refused_with_its_reason(start: Start, tmp_path: Path) -> None:
    nowhere = f"unix://{tmp_path}/nowhere.sock"
    _, stderr = ended(start("job", "list", DOCKER_HOST=nowhere, RETAILCTL_RUNNER="docker"), code=7)
    assert f"no Docker engine listens at {nowhere}" in stderr
    assert "--runner process" in stderr
    ended(start("local", "start", DOCKER_HOST=nowhere))
    assert status(start)["runner"] == f"process (no Docker engine listens at {nowhere})"
