"""Reaching the local Azure ML: one that answers is used, what stands for images, and failures of a start."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import retailctl
from retailctl.cli import local
from retailctl.cli.runtime import Runtime
from retailctl.config.project import Project
from retailctl.config.settings import Settings
from retailctl.errors import InvalidConfig, RetailctlError, Unavailable, WrongState


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.find(tmp_path, {})


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of something that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def publish(project: Project, port: int, pid: int, version: str = retailctl.__version__) -> dict[str, Any]:
    connection = {"url": f"https://127.0.0.1:{port}", "pid": pid, "token": "t", "version": version}
    project.state_dir.mkdir()
    (project.state_dir / "connection.json").write_text(json.dumps(connection))
    return connection


def silent_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def ended_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_server_that_answers_is_used_and_nothing_is_said(
    project: Project, listening: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_start_as_child", pytest.fail)
    connection = publish(project, listening, os.getpid())
    said: list[str] = []
    assert local.reach(project, Runtime(), said.append) == connection
    assert said == []


def test_a_server_of_another_release_is_named_with_the_way_to_replace_it(project: Project, listening: int) -> None:
    publish(project, listening, os.getpid(), version="0.0.1")
    with pytest.raises(WrongState, match=r"is of retailctl 0\.0\.1") as caught:
        local.reach(project, Runtime(), print)
    assert caught.value.hint.startswith("retailctl local stop")


def test_a_dead_process_is_not_taken_for_running_though_its_port_answers(project: Project, listening: int) -> None:
    publish(project, listening, ended_pid())
    assert local.published(project.state_dir) is None


def test_a_server_that_does_not_answer_is_not_running(project: Project) -> None:
    publish(project, silent_port(), os.getpid())
    assert local.published(project.state_dir) is None


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"url": 5, "pid": "x"}', "\x00"])
def test_an_unreadable_connection_is_as_good_as_none(project: Project, content: str) -> None:
    project.state_dir.mkdir()
    (project.state_dir / "connection.json").write_text(content)
    assert local.published(project.state_dir) is None


def test_a_start_is_said_once_and_what_it_publishes_is_used(
    project: Project, listening: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_start_as_child", lambda *_: publish(project, listening, os.getpid()))
    monkeypatch.setattr(local, "EXTRA", ())
    said: list[str] = []
    assert local.reach(project, Runtime(), said.append)["token"] == "t"
    assert len(said) == 1
    assert "retailctl local stop" in said[0]


def test_without_the_extra_its_name_is_given(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "EXTRA", ("json", "no_such_module"))
    with pytest.raises(InvalidConfig) as refused:
        local.reach(project, Runtime(), pytest.fail)
    assert 'pip install "retailctl[local]"' in refused.value.hint
    assert "no_such_module" in str(refused.value.reason)


def test_training_and_serving_of_the_project_stand_for_its_images(project: Project) -> None:
    for part in ("training", "serving"):
        (project.root / part).mkdir()
    (project.root / "training" / "train.py").touch()
    table = json.loads(local.write_runners(project, Settings(infer_image="shop/infer")).read_text())
    infer, train = table["runners"]
    assert infer["image"] == "*/shop/infer*"
    assert infer["command"] == ["{python}", "-m", "serving", "--port", "{port}"]
    assert train["image"] == "*/retail/train*"
    assert {infer["folder"], train["folder"]} == {str(project.root)}


@pytest.mark.parametrize("kind", RetailctlError.__subclasses__())
def test_a_failed_start_fails_as_it_did_in_the_child(kind: type[RetailctlError]) -> None:
    told = 'noise\n{"code": "x", "message": "no", "reason": "because", "hint": "retailctl local reset"}\n'
    error = local.failed_child(kind.exit_code, told)
    assert type(error) is kind
    assert (error.message, error.reason, error.hint) == ("no", "because", "retailctl local reset")


@pytest.mark.parametrize("told", ["", "Killed\n"])
def test_a_child_that_says_nothing_sensible_is_unavailable(told: str) -> None:
    error = local.failed_child(-9, told)
    assert isinstance(error, Unavailable)
    assert error.hint == "retailctl local logs"
