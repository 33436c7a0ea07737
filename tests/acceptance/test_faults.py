"""What happens when the machine, the server or somebody else gets in the way."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.conftest import QUICK, Shell, make_shell

pytestmark = pytest.mark.acceptance


@contextmanager
def made_project(folder: Path) -> Iterator[Shell]:
    """A project with code of its own to break, and a server of its own to kill."""
    shell = make_shell(folder)
    shell.run("init", ".")
    yield shell
    shell.run("local", "stop", code=None)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Shell]:
    with made_project(tmp_path / "project") as shell:
        yield shell


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A project after its first release, for the tests that leave all the traffic on blue."""
    with made_project(tmp_path_factory.mktemp("released")) as shell:
        shell.run("release", "--data", small_data(shell), *QUICK)
        yield shell


def until(true: Callable[[], bool], within_s: float = 60) -> None:
    ends = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < ends, "it never came true"
        time.sleep(0.1)


def small_data(shell: Shell) -> str:
    folder = str(shell.folder / "data")
    shell.run("data", "sample", "--out", folder, "--stores", "1", "--items", "3", "--days", "120")
    return folder


def test_a_training_script_that_fails_ends_with_its_last_lines(project: Shell) -> None:
    data = small_data(project)
    (project.folder / "training" / "train.py").write_text("print('half way')\nraise SystemExit('out of luck')\n")
    ended = project.run("release", "--data", data, code=9)
    assert "out of luck" in ended.stderr
    assert "retailctl job logs" in ended.stderr
    status = project.json("status")
    assert status["slots"] == []


def test_a_slot_that_never_becomes_ready_shows_its_log_and_takes_no_traffic(released: Shell) -> None:
    program = released.folder / "serving" / "__main__.py"
    good = program.read_text()
    program.write_text("raise SystemExit('no model today')\n")
    ended = released.run("deploy", "--slot", "green", code=9)
    program.write_text(good)
    assert "no model today" in ended.stderr
    assert "retailctl logs --slot green" in ended.stderr
    endpoint = released.json("status")["endpoint"]
    assert {slot: share for slot, share in endpoint["traffic"].items() if share} == {"blue": 100}


def test_after_a_power_cut_everything_comes_back(released: Shell) -> None:
    before = released.json("invoke")
    released.kill_server()
    after = released.json("invoke")
    assert after["answer"] == before["answer"]
    assert after["slot"] == "blue"


def test_a_taken_port_is_named(project: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = project.run("local", "start", "--port", str(port), code=7)
    assert str(port) in ended.stderr


def test_a_corrupt_state_names_its_repair(project: Shell) -> None:
    project.run("local", "start")
    project.run("local", "stop")
    database = project.state / "state.sqlite"
    (project.state / "state.sqlite-wal").unlink(missing_ok=True)
    database.write_bytes(b"this is no database" * 1000)
    ended = project.run("status", code=7)
    assert "retailctl local reset" in ended.stderr
    project.run("local", "reset", "--yes")
    project.run("status")


def test_ctrl_c_says_what_goes_on_and_how_to_look_at_it(project: Shell) -> None:
    data = small_data(project)
    (project.folder / "training" / "train.py").write_text("import time\nprint('long', flush=True)\ntime.sleep(600)\n")
    process = project.start("train", "--data", data)
    until(lambda: any(job["status"] == "Running" for job in project.json("job", "list")))
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "retailctl job stream" in stderr
    assert "Traceback" not in stderr
    running = [job["name"] for job in project.json("job", "list") if job["status"] == "Running"]
    assert len(running) == 1
    project.run("job", "cancel", running[0], "--yes")
    until(lambda: project.json("job", "show", running[0])["status"] == "Canceled")


def test_two_processes_changing_one_endpoint_both_come_through(released: Shell) -> None:
    released.run("deploy", "--slot", "green")
    splits = [("blue=90", "green=10"), ("blue=30", "green=70"), ("blue=60", "green=40")]
    started = [released.start("traffic", *split) for split in splits]
    for process in started:
        _, stderr = process.communicate(timeout=120)
        assert process.returncode == 0, stderr
    left = released.json("status")["endpoint"]["traffic"]
    assert f"blue={left['blue']}" in {split[0] for split in splits}
    released.run("rollback")
    assert sum(released.json("status")["endpoint"]["traffic"].values()) == 100
    released.run("traffic", "blue=100", "green=0")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Shell]:
    """A project whose state is on a disk of two megabytes: the local Azure ML starts there, a release has no room."""
    shell = make_shell(tmp_path / "full")
    shell.state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", str(shell.state)], check=False)
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield shell
    shell.run("local", "stop", code=None)
    subprocess.run(["umount", "--lazy", str(shell.state)], check=True)


def test_a_full_disk_is_said_and_the_command_can_be_run_again(small_disk: Shell) -> None:
    data = small_data(small_disk)
    small_disk.run("local", "start")
    ended = small_disk.run("release", "--data", data, *QUICK, code=7)
    assert "the disk is full" in ended.stderr
    assert str(small_disk.state) in ended.stderr
    assert small_disk.json("status")["slots"] == []
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk.state)], check=True)
    small_disk.run("release", "--data", data, *QUICK)
    assert small_disk.json("invoke")["status"] == 200
