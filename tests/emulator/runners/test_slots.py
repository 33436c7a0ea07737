"""Slots of real processes: start, probes, restarts, failures, stop."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retailctl.emulator.runners.process import RunningProcess, start
from retailctl.emulator.runners.running import StartFailed
from retailctl.emulator.runners.slots import ProbeTiming, SlotFailed, SlotSpec, SlotSupervisor
from retailctl.emulator.runners.spec import Route
from retailctl.emulator.runners.table import RunnerEntry
from tests.emulator.runners.conftest import FOLDER, QUICK
from tests.emulator.runners.process_list import processes
from tests.emulator.waiting import alive, until

pytestmark = pytest.mark.anyio
Make = Callable[..., SlotSpec]


class Slot(SlotSupervisor):
    """A supervisor that counts its notifications."""

    def __init__(self, spec: SlotSpec) -> None:
        self.changes: list[int] = []
        super().__init__(spec, lambda: self.changes.append(len(self.addresses)))


@asynccontextmanager
async def running(spec: SlotSpec) -> AsyncIterator[Slot]:
    slot = Slot(spec)
    await slot.start()
    try:
        yield slot
    finally:
        await slot.stop(drain_s=0)


def listens(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as client:
        return client.connect_ex((host, int(port))) == 0


async def test_a_started_slot_answers_on_every_instance(spec: Make) -> None:
    async with running(spec(instance_count=2)) as slot:
        assert len(set(slot.addresses)) == 2
        assert all(listens(address) for address in slot.addresses)
        assert slot.changes[-1] == 2


async def test_a_stopped_slot_leaves_nothing(spec: Make) -> None:
    slot = Slot(spec())
    await slot.start()
    (address,) = slot.addresses
    await slot.stop(drain_s=5)
    await slot.stop(drain_s=5)
    assert slot.addresses == ()
    assert not listens(address)
    assert slot.changes == [1, 0]


async def test_the_container_sees_the_image_s_the_deployment_s_and_the_platform_s_variables(
    spec: Make, tmp_path: Path
) -> None:
    variables = {"IMAGE_VARIABLE": "2", "AZUREML_MODEL_DIR": "/elsewhere"}
    slot_spec = spec(model_dir=tmp_path, environment=variables)
    show = ("/bin/sh", "-c", "env; exec {python} " + slot_spec.program.command[1] + " {port}")  # type: ignore[index]
    entry = replace(slot_spec.program, command=show)
    async with running(replace(slot_spec, program=entry)) as slot:
        lines = slot.logs().splitlines()
        port = slot.addresses[0].split(":")[1]
    assert {"IMAGE_VARIABLE=2", f"AZUREML_MODEL_DIR={tmp_path}", f"PORT={port}"} <= set(lines)


async def test_the_model_mount_is_logged(spec: Make, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_bytes(b"12345")
    mount = "/var/azureml-app/azureml-models/retail-forecast/7"
    async with running(spec(model_dir=tmp_path / "model", model_mount=mount)) as slot:
        log = slot.logs("storage-initializer")
    assert mount in log
    assert "1 files, 5 bytes" in log


async def test_a_missing_model_folder_is_named(spec: Make, tmp_path: Path) -> None:
    slot = Slot(spec(model_dir=tmp_path / "gone"))
    with pytest.raises(SlotFailed, match="gone does not exist"):
        await slot.start()
    assert "gone" in slot.logs("storage-initializer")


async def test_a_crash_loop_fails_with_the_exit_code_and_the_last_lines(spec: Make) -> None:
    slot = Slot(spec(environment={"CRASH": "3"}))
    with pytest.raises(SlotFailed, match=r"green.*crashed 3 times.*exited with code 3") as failure:
        await slot.start()
    assert failure.value.log_tail.count("cannot load the model") == 3
    assert slot.addresses == ()


async def test_a_crash_by_signal_is_named(spec: Make) -> None:
    entry = RunnerEntry("*", Path("/"), ("/bin/sh", "-c", "kill -9 $$"))
    with pytest.raises(SlotFailed, match="SIGKILL"):
        await Slot(spec(program=entry)).start()


async def test_a_command_that_does_not_exist_fails_at_once(spec: Make) -> None:
    entry = RunnerEntry("*", Path("/"), ("no-such-server",))
    with pytest.raises(SlotFailed, match="no-such-server"):
        await Slot(spec(program=entry)).start()


async def test_a_slot_that_never_becomes_ready_fails_with_the_probe_s_answer(spec: Make) -> None:
    slot = Slot(spec(environment={"NEVER_READY": "1"}, readiness_probe=QUICK))
    with pytest.raises(SlotFailed, match=r"not ready within 0\.7 s \(GET /ready answered 503\)"):
        await slot.start()
    assert not processes(str(slot.spec.program.command[1]))  # type: ignore[index]


async def test_a_slot_that_listens_nowhere_fails_with_that_reason(spec: Make) -> None:
    entry = RunnerEntry("*", Path("/"), ("sleep", "307"))
    with pytest.raises(SlotFailed, match="nothing listens on port"):
        await Slot(spec(program=entry, readiness_probe=QUICK)).start()
    assert not processes("sleep 307")


async def test_one_failing_instance_stops_the_others(spec: Make, tmp_path: Path) -> None:
    (tmp_path / "crash").touch()
    script = f'mkdir {tmp_path}/first && exec sleep 308; echo "second"; exit 4'
    entry = RunnerEntry("*", tmp_path, ("/bin/sh", "-c", script))
    with pytest.raises(SlotFailed, match="code 4"):
        await Slot(spec(program=entry, instance_count=2)).start()
    assert not processes("sleep 308")


async def test_readiness_takes_an_instance_out_and_in_again(spec: Make, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.touch()
    async with running(spec(environment={"READY_FILE": str(ready)}, readiness_probe=QUICK)) as slot:
        (process,) = processes(str(slot.spec.program.command[1]))[-1:]  # type: ignore[index]
        ready.unlink()
        await until(lambda: slot.addresses == (), "the instance to leave")
        ready.touch()
        await until(lambda: slot.addresses, "the instance to come back")
        assert alive(process)
        assert slot.changes == [1, 0, 1]


async def test_a_failing_liveness_probe_restarts_the_instance(spec: Make, tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.touch()
    async with running(spec(environment={"LIVE_FILE": str(live)}, liveness_probe=QUICK)) as slot:
        live.unlink()
        await until(lambda: slot.addresses == (), "the instance to be stopped")
        live.touch()
        await until(lambda: slot.addresses, "the instance to come back")
        assert slot.logs().count("model folder:") == 2


async def test_a_killed_instance_is_restarted_and_reported(spec: Make) -> None:
    async with running(spec(instance_count=2)) as slot:
        victim = slot._instances[0].running
        assert victim
        os.kill(victim.pid, signal.SIGKILL)
        await until(lambda: len(slot.addresses) == 1, "the loss to be seen")
        await until(lambda: len(slot.addresses) == 2, "the restart")
        assert not alive(victim.pid)


async def test_a_restart_that_cannot_start_is_tried_again(
    spec: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[StartFailed] = []

    async def start_and_count(*arguments: Any, **options: Any) -> RunningProcess:
        try:
            return await start(*arguments, **options)
        except StartFailed as failure:
            failures.append(failure)
            raise

    monkeypatch.setattr("retailctl.emulator.runners.process_launcher.start", start_and_count)
    server = tmp_path / "server"
    server.symlink_to(sys.executable)
    command = (str(server), str(FOLDER / "container.py"), "{port}")
    async with running(spec(program=RunnerEntry("*", tmp_path, command))) as slot:
        server.unlink()
        victim = slot._instances[0].running
        assert victim
        os.kill(victim.pid, signal.SIGKILL)
        await until(lambda: len(failures) > 1, "two restarts that fail")
        server.symlink_to(sys.executable)
        await until(lambda: slot.addresses, "the restart")


async def test_one_crash_during_start_is_survived(spec: Make, tmp_path: Path) -> None:
    (tmp_path / "crash").touch()
    async with running(spec(environment={"CRASH_FILE": str(tmp_path / "crash")})) as slot:
        assert slot.addresses


async def test_a_lost_race_for_the_port_is_no_crash(spec: Make, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    async with running(spec(environment={"FIRST_PORT_TAKEN": str(tmp_path / "taken")})) as slot:
        assert slot.addresses
        assert "Address already in use" in slot.logs()


async def test_a_stranger_on_the_port_is_not_taken_for_the_instance(
    spec: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"], stdout=subprocess.PIPE, text=True
    )
    assert stranger.stdout
    try:
        port = int(stranger.stdout.readline().split(" port ")[1].split()[0])
        monkeypatch.setattr("retailctl.emulator.runners.process_launcher.take_port", lambda: port)
        entry = RunnerEntry("*", Path("/"), ("sleep", "309"))
        with pytest.raises(SlotFailed, match=f"another program answers on port {port}"):
            await Slot(spec(program=entry, liveness=Route("/"), readiness=Route("/"), readiness_probe=QUICK)).start()
    finally:
        stranger.kill()
        stranger.communicate()


async def test_cancelling_the_start_leaves_nothing(spec: Make) -> None:
    entry = RunnerEntry("*", Path("/"), ("sleep", "310"))
    task = asyncio.create_task(Slot(spec(program=entry)).start())
    await until(lambda: processes("sleep 310"), "the process to start")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not processes("sleep 310")


async def test_stopping_a_slot_that_is_starting_fails_its_start(spec: Make) -> None:
    slot = Slot(spec(program=RunnerEntry("*", Path("/"), ("sleep", "311"))))
    starting = asyncio.create_task(slot.start())
    await until(lambda: processes("sleep 311"), "the process to start")
    await slot.stop(drain_s=0)
    with pytest.raises(SlotFailed, match="stopped"):
        await starting
    assert not processes("sleep 311")


async def test_the_realistic_pace_waits_for_the_initial_delay(spec: Make) -> None:
    timing = ProbeTiming(initial_delay_s=0.3, period_s=0.1, failure_threshold=30)
    began = asyncio.get_running_loop().time()
    async with running(spec(pace="realistic", readiness_probe=timing)):
        assert asyncio.get_running_loop().time() - began >= 0.3


async def test_usage_is_told_of_each_instance(spec: Make) -> None:
    async with running(spec(instance_count=2)) as slot:
        usage = slot.usage()
    assert [(each.ready, each.processes) for each in usage] == [(True, 1), (True, 1)]
    assert all(each.memory_bytes > 2_500_000 and each.cpu_percent > 0 for each in usage)


async def test_logs_return_the_last_lines(spec: Make) -> None:
    entry = RunnerEntry("*", Path("/"), ("/bin/sh", "-c", "seq 1 50; exit 1"))
    slot = Slot(spec(program=entry))
    with pytest.raises(SlotFailed):
        await slot.start()
    assert slot.logs(tail=3) == "48\n49\n50\n"
    assert len(slot.logs().splitlines()) == 150
