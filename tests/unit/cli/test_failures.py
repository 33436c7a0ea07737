"""The one boundary: every failure becomes words, or one JSON object, and the documented exit code."""

from __future__ import annotations

import errno
import inspect
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from retailctl import errors
from retailctl.cli import app as root
from retailctl.cli.context import Invocation
from retailctl.errors import InvalidInput, RetailctlError, ServerFault
from tests.unit.cli.conftest import Run

CHECKOUT = Path(__file__).resolve().parents[3]
FAMILY = [
    member
    for _, member in inspect.getmembers(errors, inspect.isclass)
    if issubclass(member, RetailctlError) and member is not RetailctlError
]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, run: Run) -> Any:
    """``retailctl status``, whose workflow raises what the test hands over."""

    def line(error: BaseException, *arguments: str, **rest: Any) -> Any:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr(Invocation, "run", fail)
        return run("status", *arguments, **rest)

    return line


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: kind.__name__)
def test_every_class_ends_with_its_exit_code_and_three_lines(failing: Any, kind: type[RetailctlError]) -> None:
    ended = failing(kind("it did not work", reason="because", hint="retailctl status"))
    assert ended.code == kind.exit_code
    assert ended.stdout == ""
    assert ended.stderr == "Error: it did not work\nbecause\nNext: retailctl status\n"


@pytest.mark.parametrize("how", [["-o", "json"], ["-ojson"], ["--output", "json"], ["--output=json"]])
def test_with_json_a_failure_is_one_object_on_stderr(failing: Any, how: list[str]) -> None:
    ended = failing(ServerFault("no answer", reason="busy", hint="again", details={"requestId": "r1", "try": 3}), *how)
    assert ended.code == 7
    assert json.loads(ended.stderr) == {
        "code": "server-fault",
        "message": "no answer",
        "reason": "busy",
        "hint": "again",
        "details": {"try": 3},
        "requestId": "r1",
    }


def test_the_environment_asks_for_json_as_well(failing: Any) -> None:
    ended = failing(InvalidInput("wrong"), environ={"RETAILCTL_OUTPUT": "json"})
    assert json.loads(ended.stderr)["code"] == "invalid-input"


def test_a_request_id_is_shown_to_people_too(failing: Any) -> None:
    assert "Request id: r1" in failing(ServerFault("no answer", details={"requestId": "r1"})).stderr


def test_debug_shows_the_chain(failing: Any) -> None:
    error = InvalidInput("wrong")
    error.__cause__ = ValueError("the first cause")
    assert "the first cause" not in failing(error).stderr
    assert "the first cause" in failing(error, "--debug").stderr


def test_an_unknown_exception_is_one_line_a_saved_trace_and_70(failing: Any) -> None:
    ended = failing(ValueError("Bearer abcdefgh12345678 leaked, sig=abcdefgh12345678&x"))
    assert ended.code == 70
    assert "Traceback" not in ended.stderr
    path = Path(ended.stderr.split("the trace is in ")[1].splitlines()[0])
    trace = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "ValueError" in trace
    assert "abcdefgh12345678" not in trace + ended.stderr
    path.unlink()


def test_a_full_disk_is_no_fault_of_ours(failing: Any) -> None:
    ended = failing(OSError(errno.ENOSPC, "No space left on device", "state/rendered/job.yml"))
    assert ended.code == 7
    assert "the disk is full" in ended.stderr
    assert "state/rendered/job.yml" in ended.stderr


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR])
def test_a_place_that_cannot_be_used_is_named(failing: Any, code: int) -> None:
    ended = failing(OSError(code, os.strerror(code), "/data/x"))
    assert ended.code == 6
    assert "/data/x" in ended.stderr
    assert os.strerror(code) in ended.stderr


def test_a_folder_that_was_removed_under_the_shell_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = f"rmdir {gone}; exec {sys.executable} -m retailctl config path"
    done = subprocess.run(command, shell=True, cwd=gone, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert "does not exist any more" in done.stderr


def test_ctrl_c_says_what_goes_on_and_how_to_look(failing: Any) -> None:
    ended = failing(KeyboardInterrupt(), underway={"job brisk_fox": "retailctl job stream brisk_fox"})
    assert ended.code == 130
    assert "job brisk_fox goes on in the workspace" in ended.stderr
    assert "Next: retailctl job stream brisk_fox" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["statsu"], "'status'"),
        (["traffic", "--dyr-run"], "did you mean --dry-run?"),
        (["--profile", "local", "status"], "options follow the command"),
        (["status", "-o", "jsn"], "Did you mean json?"),
        (["job", "shwo"], "'show'"),
        (["status", "extra"], "extra"),
    ],
)
def test_a_wrong_line_ends_with_2_and_the_near_miss(run: Run, arguments: list[str], says: str) -> None:
    ended = run(*arguments)
    assert ended.code == 2
    assert says in ended.stderr
    assert "--help" in ended.stderr
    assert ended.stdout == ""


def test_a_wrong_line_is_one_object_too(run: Run) -> None:
    ended = run("statsu", "-o", "json")
    assert json.loads(ended.stderr)["code"] == "usage"


def test_the_process_leaves_with_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        root.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("retailctl ")


@pytest.mark.parametrize("line", ["--help", "config show", "config show -o json"])
def test_a_reader_that_has_gone_is_no_failure(tmp_path: Path, line: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "retailctl", *line.split()]
    done = subprocess.run(command, cwd=tmp_path, env=environ, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 0


@pytest.mark.parametrize("closed", ["stdin", "stdout", "stderr"])
def test_a_closed_stream_is_no_failure(monkeypatch: pytest.MonkeyPatch, closed: str) -> None:
    monkeypatch.setattr(sys, closed, None)
    with pytest.raises(SystemExit) as ended:
        root.main(["config", "path", "-o", "none"])
    assert ended.value.code == 0
