"""Processes on one machine take turns over an endpoint, and none waits for one that is dead."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from retailctl.azureml.turns import one_at_a_time
from retailctl.domain.deadline import Deadline
from retailctl.errors import WrongState
from tests.unit.azureml.doubles import SteppedClock

HOLD = """
import sys
from retailctl.azureml.turns import one_at_a_time
from retailctl.domain.clock import SystemClock
from retailctl.domain.deadline import Deadline
with one_at_a_time("endpoint", Deadline.after(SystemClock(), 10), text="endpoint 'retail'"):
    print("mine", flush=True)
    sys.stdin.read()
"""


def take(resource: str, clock: SteppedClock) -> None:
    with one_at_a_time(resource, Deadline.after(clock, 3), text="endpoint 'retail'"):
        pass


def test_a_user_without_a_home_has_no_turns_and_goes_on(clock: SteppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    take("endpoint", clock)


def test_another_process_is_waited_for_and_a_killed_one_is_not(clock: SteppedClock) -> None:
    root = Path(__file__).resolve().parents[3]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "mine\n"
        with pytest.raises(WrongState, match="another retailctl on this machine is changing endpoint 'retail'"):
            take("endpoint", clock)
        take("another endpoint", clock)
    finally:
        holder.kill()
        holder.communicate()
    take("endpoint", clock)


def test_turns_are_nobody_elses_to_see(clock: SteppedClock) -> None:
    take("endpoint", clock)
    folder = Path(os.environ["XDG_CACHE_HOME"]) / "retailctl" / "turns"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all("endpoint" not in file.name for file in folder.iterdir())


def test_without_a_place_for_locks_work_goes_on(
    clock: SteppedClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(occupied))
    take("endpoint", clock)
    assert clock.slept == []
