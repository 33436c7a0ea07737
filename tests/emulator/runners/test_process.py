"""Processes under the leash."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from retailctl.emulator.runners import leash, process
from retailctl.emulator.runners.process import RunningProcess, start
from retailctl.emulator.runners.running import StartFailed
from tests.emulator.runners.process_list import processes
from tests.emulator.waiting import alive, until

pytestmark = pytest.mark.anyio


async def run(script: str, tmp_path: Path, **options: object) -> RunningProcess:
    settings: dict[str, object] = {"environment": {}, **options}
    return await start(["/bin/sh", "-c", script], cwd=tmp_path, log_file=tmp_path / "log", **settings)  # type: ignore[arg-type]


def pids(file: Path, count: int) -> list[int]:
    found = [int(word) for word in file.read_text().split()] if file.exists() else []
    return found if len(found) == count else []


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", -9), ("kill -TERM $$", -15)])
async def test_exit_codes_and_signals_come_through(script: str, code: int, tmp_path: Path) -> None:
    process = await run(script, tmp_path)
    assert await process.wait() == code
    assert process.returncode == code


async def test_both_outputs_go_to_one_private_file_in_order(tmp_path: Path) -> None:
    process = await run("echo one; echo two >&2; echo three", tmp_path)
    await process.wait()
    assert process.log_file.read_text() == "one\ntwo\nthree\n"
    assert process.log_file.stat().st_mode & 0o777 == 0o600


async def test_output_can_be_read_while_the_process_runs(tmp_path: Path) -> None:
    process = await run("echo started; sleep 60", tmp_path)
    await until(lambda: "started" in process.log_file.read_text(), "the first line in the log")
    await process.stop(grace_s=0)


async def test_a_command_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="no-such-command"):
        await start(["no-such-command"], cwd=tmp_path, environment={}, log_file=tmp_path / "log")


def killed_at_first(times: int, tmp_path: Path) -> Path:
    """A leash that is killed before it says a word, so many times, and then is the real one."""
    starts = tmp_path / "starts"
    starts.write_text("x" * times)
    begin = [
        "import os, runpy",
        "from pathlib import Path",
        f"starts = Path({str(starts)!r})",
        "left = starts.read_text()",
        "starts.write_text(left[1:])",
        "left and os.kill(os.getpid(), 9)",
        f"runpy.run_path({leash.__file__!r}, run_name='__main__')",
    ]
    script = tmp_path / "leash.py"
    script.write_text("\n".join(begin))
    return script


async def test_a_command_whose_launcher_is_killed_at_once_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_LEASH", killed_at_first(2, tmp_path))
    running = await run("echo begun", tmp_path)
    assert await running.wait() == 0
    assert running.log_file.read_text() == "begun\n"


async def test_a_launcher_that_is_killed_every_time_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LEASH", killed_at_first(9, tmp_path))
    with pytest.raises(StartFailed, match="launcher was killed"):
        await run("true", tmp_path)


async def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="missing"):
        await start(["true"], cwd=tmp_path / "missing", environment={}, log_file=tmp_path / "log")


async def test_secrets_of_the_operator_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "s3cret")
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    process = await run("env", tmp_path, environment={"GIVEN": "yes"})
    await process.wait()
    output = process.log_file.read_text()
    assert "s3cret" not in output
    assert "GIVEN=yes" in output
    assert f"PATH={Path(sys.executable).parent}{os.pathsep}" in output


async def test_stop_lets_a_process_finish_within_its_grace(tmp_path: Path) -> None:
    script = "trap 'echo clean; exit 5' TERM; echo up; while :; do sleep 0.05; done"
    process = await run(script, tmp_path)
    await until(lambda: "up" in process.log_file.read_text(), "the trap to be set")
    assert await process.stop(grace_s=20) == 5
    assert "clean" in process.log_file.read_text()


async def test_stop_kills_what_ignores_it(tmp_path: Path) -> None:
    process = await run("trap '' TERM; echo up; while :; do sleep 0.05; done", tmp_path)
    await until(lambda: "up" in process.log_file.read_text(), "the trap to be set")
    assert await process.stop(grace_s=0.1) == -signal.SIGKILL


TREE = """
sleep 301 & echo $! >> pids
setsid sleep 302 & echo $! >> pids
(setsid sh -c 'trap "" TERM HUP; echo $$ >> pids; while :; do sleep 0.1; done' &)
"""


async def test_stop_kills_grandchildren_that_left_the_group(tmp_path: Path) -> None:
    process = await run(TREE + "sleep 303", tmp_path)
    await until(lambda: pids(tmp_path / "pids", 3), "all grandchildren to start")
    await process.stop(grace_s=0.2)
    assert not [pid for pid in pids(tmp_path / "pids", 3) if alive(pid)]


async def test_the_end_of_the_command_ends_what_it_left_behind(tmp_path: Path) -> None:
    process = await run(TREE + "while [ $(wc -l < pids) -lt 3 ]; do sleep 0.05; done", tmp_path)
    assert await process.wait() == 0
    left = pids(tmp_path / "pids", 3)
    assert left
    assert not [pid for pid in left if alive(pid)]


async def test_killing_the_leash_ends_the_command(tmp_path: Path) -> None:
    process = await run("sleep 304", tmp_path)
    os.kill(process.root_pid, signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    await until(lambda: not alive(process.pid), "the command to end")


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 20])
async def test_a_cancelled_start_leaves_nothing(turns: int, tmp_path: Path) -> None:
    task = asyncio.create_task(run("exec sleep 305", tmp_path))
    for _ in range(turns):
        await asyncio.sleep(0.001)
    task.cancel()
    try:
        process = await task
    except asyncio.CancelledError:
        pass
    else:  # it was ready before the cancellation
        await process.stop(grace_s=0)
    await until(lambda: not processes("sleep 305"), "the command to end")


async def test_killing_the_leash_ends_what_left_the_process_group_as_well(tmp_path: Path) -> None:
    process = await run(TREE + "echo $$ >> pids; sleep 306", tmp_path)
    await until(lambda: pids(tmp_path / "pids", 4), "the tree to start")
    os.kill(process.root_pid, signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    await until(lambda: not [p for p in pids(tmp_path / "pids", 4) if alive(p)], "the tree to end")


def test_processes_are_found_without_proc_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    here = (os.getpid(), os.getppid(), os.getpgrp())
    assert here in leash._living()
    monkeypatch.setattr(leash.os.path, "isdir", lambda _: False)
    assert here in leash._living()


SERVER = """
import asyncio, sys
from pathlib import Path
from retailctl.emulator.runners.marks import MARKS
from retailctl.emulator.runners.process import start
async def main():
    MARKS.begin()
    await start(["/bin/sh", "-c", sys.argv[1]], cwd=Path.cwd(), environment={}, log_file=Path("log"))
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_kill_9_of_the_server_leaves_no_orphan(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, TREE + "echo $$ >> pids; sleep 306", cwd=tmp_path, env=environment
    )
    await until(lambda: pids(tmp_path / "pids", 4), "the tree to start")
    server.kill()
    await server.wait()
    await until(lambda: not [p for p in pids(tmp_path / "pids", 4) if alive(p)], "the tree to end")


async def test_kill_9_of_the_server_and_of_the_leash_leaves_no_orphan(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, TREE + "echo $$ >> pids; sleep 306", cwd=tmp_path, env=environment
    )
    await until(lambda: pids(tmp_path / "pids", 4), "the tree to start")
    server.send_signal(signal.SIGSTOP)  # it is not to see the leash's end before its own
    leash = next(each for each in psutil.Process(server.pid).children() if "leash.py" in " ".join(each.cmdline()))
    leash.kill()
    server.kill()
    await server.wait()
    await until(lambda: not [p for p in pids(tmp_path / "pids", 4) if alive(p)], "the tree to end")


DISMISSAL = """
import asyncio
from pathlib import Path
import psutil
from retailctl.emulator.runners.marks import MARKS
from retailctl.emulator.runners.process import start
def sweepers():
    return sum("sweeper.py" in " ".join(each.cmdline()) for each in psutil.Process().children())
async def main():
    MARKS.begin()
    MARKS.begin()
    await (await start(["true"], cwd=Path.cwd(), environment={}, log_file=Path("log"))).wait()
    MARKS.end()
    print(sweepers())
    MARKS.end()
    print(sweepers())
asyncio.run(main())
"""
"""In a process of its own, where no server of another test is."""


def test_the_last_server_of_a_process_dismisses_the_sweeper(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", DISMISSAL]
    told = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert told.stdout.split() == ["1", "0"]
