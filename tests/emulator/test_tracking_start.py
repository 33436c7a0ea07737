"""The start of the tracking server when somebody kills it meanwhile, with a small program in MLflow's place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.services.tracking import server
from retailctl.emulator.services.tracking.places import TrackingPlaces
from retailctl.emulator.services.tracking.server import TrackingServer
from retailctl.emulator.store.folder import StateFolder
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio

# Arguments as child.py takes them. It listens from its start number READY on.
_PROGRAM = """
import socket, sys, time
from pathlib import Path
starts = Path(sys.argv[1]).with_name("starts")
with starts.open("a") as file:
    file.write("x")
if len(starts.read_text()) >= READY:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[3])
    listener.listen()
time.sleep(600)
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _tracking(folder: Path, monkeypatch: pytest.MonkeyPatch, ready: int) -> TrackingServer:
    program = folder / "program.py"
    program.write_text(_PROGRAM.replace("READY", str(ready)))
    monkeypatch.setattr(server, "_CHILD", program)
    state = StateFolder(folder)
    state.prepare()
    return TrackingServer(TrackingPlaces(state))


async def _kill_start(folder: Path, number: int) -> None:
    starts = folder / "mlflow" / "starts"
    await until(lambda: starts.exists() and len(starts.read_text()) == number, f"start {number}")
    for process in psutil.Process().children(recursive=True):
        if process.cmdline()[2:3] == [str(folder / "program.py")]:
            process.kill()


async def test_one_that_is_killed_while_it_starts_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracking = _tracking(tmp_path, monkeypatch, ready=2)
    starting = asyncio.create_task(tracking.start())
    await _kill_start(tmp_path, 1)
    await starting
    assert tracking.pid is not None
    await tracking.stop()


async def test_one_that_is_killed_again_and_again_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracking = _tracking(tmp_path, monkeypatch, ready=9)
    starting = asyncio.create_task(tracking.start())
    for number in (1, 2, 3):
        await _kill_start(tmp_path, number)
    with pytest.raises(ArmError, match="was killed while it started"):
        await starting
    await tracking.stop()
