"""Slots of real containers: what they are given, how they are probed, how they fail, what is left of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from retailctl.emulator.runners.slots import ProbeTiming, SlotFailed, SlotSpec, SlotSupervisor
from retailctl.emulator.runners.spec import Limits, Route
from tests.emulator.containers.conftest import QUICK, containers_of
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio
Make = Callable[..., SlotSpec]


@asynccontextmanager
async def running(spec: SlotSpec) -> AsyncIterator[SlotSupervisor]:
    slot = SlotSupervisor(spec, lambda: None)
    await slot.start()
    try:
        yield slot
    finally:
        await slot.stop(drain_s=0)


async def _asked(slot: SlotSupervisor) -> dict[str, Any]:
    answer = await asyncio.to_thread(requests.post, f"http://{slot.addresses[0]}/", json={}, timeout=30)
    found: dict[str, Any] = answer.json()
    return found


async def _failure(spec: SlotSpec) -> SlotFailed:
    with pytest.raises(SlotFailed) as failed:
        await SlotSupervisor(spec, lambda: None).start()
    return failed.value


async def test_an_image_of_somebody_else_serves_on_every_instance(spec: Make, docker_client: Any) -> None:
    async with running(spec(instance_count=2)) as slot:
        assert len(set(slot.addresses)) == 2
        assert (await _asked(slot))["uid"] == 10001


async def test_the_model_is_mounted_read_only_at_the_documented_place(
    spec: Make, docker_client: Any, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    (model / "artifact").mkdir(parents=True, mode=0o700)
    (model / "artifact/weights").write_text("1")
    (model / "artifact/weights").chmod(0o600)
    mount = "/var/azureml-app/azureml-models/forecast/7"
    async with running(spec(model_dir=model, model_mount=mount)) as slot:
        found = await _asked(slot)
        (container,) = containers_of(docker_client, tmp_path)
    assert found["environ"]["AZUREML_MODEL_DIR"] == mount
    assert found["model"] == {"artifact/weights": "1"}
    assert [(each["Destination"], each["RW"]) for each in container["Mounts"]] == [(mount, False)]


async def test_no_variable_of_the_operator_is_inside(spec: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "the operator's")
    async with running(spec(environment={"OWN": "1"})) as slot:
        environ = (await _asked(slot))["environ"]
    assert (environ["OWN"], environ["OF_THE_IMAGE"]) == ("1", "1")
    assert "the operator's" not in environ.values()


async def test_limits_and_ports_are_those_of_the_deployment(spec: Make, docker_client: Any, tmp_path: Path) -> None:
    async with running(spec(limits=Limits(4, 14 * 2**30))):
        (container,) = containers_of(docker_client, tmp_path)
        about = docker_client.api.inspect_container(container["Id"])
    assert about["HostConfig"]["Memory"] == about["HostConfig"]["MemorySwap"] == 14 * 2**30
    assert about["HostConfig"]["NanoCpus"] == min(4, docker_client.info()["NCPU"]) * 10**9
    assert {each["HostIp"] for each in about["NetworkSettings"]["Ports"]["9000/tcp"]} == {"127.0.0.1"}


async def test_an_image_that_exits_at_once_fails_with_its_code_and_last_lines(spec: Make) -> None:
    failure = await _failure(spec(environment={"EXIT": "3"}))
    assert "crashed 3 times during start (CrashLoopBackOff); the last time it exited with code 3" in failure.reason
    assert failure.log_tail.splitlines()[-2:] == ["reading the settings", "The container exited with code 3."]


async def test_an_image_that_never_listens_fails_with_what_it_has_to_do(spec: Make) -> None:
    failure = await _failure(spec(environment={"HOST": "127.0.0.1"}, readiness_probe=QUICK))
    assert "nothing answers on port 9000 of the container; it must listen there on 0.0.0.0" in failure.reason
    assert "reading the settings" in failure.log_tail


async def test_a_wrong_route_fails_with_its_answer(spec: Make) -> None:
    failure = await _failure(spec(readiness=Route("/healthy", 9000), readiness_probe=QUICK))
    assert "was not ready within 2 s (GET /healthy answered 404)" in failure.reason


async def test_an_answer_of_500_on_readiness_fails_with_it(spec: Make) -> None:
    failure = await _failure(spec(environment={"READY": "500"}, readiness_probe=QUICK))
    assert "GET /ready answered 500" in failure.reason


async def test_an_image_that_listens_late_but_in_time_is_waited_for(spec: Make) -> None:
    timing = ProbeTiming(initial_delay_s=1, period_s=0.5, failure_threshold=60)
    async with running(spec(environment={"LATE": "1.5"}, readiness_probe=timing)) as slot:
        assert slot.addresses


async def test_a_command_that_the_image_does_not_have_is_named(spec: Make, docker_client: Any, image: str) -> None:
    container = docker_client.containers.create(image)
    made = container.commit(*f"{image}-broken".split(":"), changes='CMD ["/no/such"]')
    container.remove()
    try:
        good = spec()
        failure = await _failure(replace(good, program=replace(good.program, id=made.id)))
    finally:
        docker_client.images.remove(made.id, force=True)
    assert "exited with code 127" in failure.reason
    assert "/no/such" in failure.log_tail


async def test_an_image_that_passes_its_memory_while_it_starts_fails_with_that_word(spec: Make) -> None:
    failure = await _failure(spec(environment={"EAT_FIRST": "200"}, limits=Limits(1, 64 * 2**20)))
    assert "CrashLoopBackOff" in failure.reason
    assert "passed its memory limit and was killed (OOMKilled, exit code 137)" in failure.reason


async def test_a_failing_liveness_probe_restarts_the_container(spec: Make, docker_client: Any, tmp_path: Path) -> None:
    async with running(spec(liveness=Route("/gone", 9000), liveness_probe=QUICK)) as slot:
        (first,) = containers_of(docker_client, tmp_path)
        await until(lambda: slot.addresses == (), "the container to be stopped")
        await until(lambda: slot.addresses, "another one")
        assert first["Id"] not in [each["Id"] for each in containers_of(docker_client, tmp_path)]


async def test_what_passes_its_memory_is_named_and_started_again(spec: Make) -> None:
    async with running(spec(environment={"EAT": "200"}, limits=Limits(1, 64 * 2**20))) as slot:
        address = slot.addresses[0]
        with pytest.raises(requests.RequestException):
            await _asked(slot)
        await until(lambda: slot.addresses and slot.addresses[0] != address, "another container")
        assert "passed its memory limit and was killed (OOMKilled, exit code 137)" in slot.logs()


async def test_a_killed_container_is_replaced(spec: Make, docker_client: Any, tmp_path: Path) -> None:
    async with running(spec()) as slot:
        (victim,) = containers_of(docker_client, tmp_path)
        docker_client.api.kill(victim["Id"])
        await until(lambda: slot.addresses == (), "the loss to be seen")
        await until(lambda: slot.addresses, "the restart")
        (now,) = containers_of(docker_client, tmp_path)
        assert now["Id"] != victim["Id"]


async def test_what_ignores_the_signal_to_stop_is_killed_after_the_grace(spec: Make) -> None:
    slot = SlotSupervisor(spec(environment={"STUBBORN": "1"}), lambda: None)
    await slot.start()
    began = time.monotonic()
    await slot.stop(drain_s=1)
    assert time.monotonic() - began >= 1


async def test_cancelling_the_start_leaves_nothing(spec: Make, docker_client: Any, tmp_path: Path) -> None:
    starting = asyncio.create_task(SlotSupervisor(spec(environment={"READY": "500"}), lambda: None).start())
    await until(lambda: containers_of(docker_client, tmp_path), "the container")
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting


async def test_usage_is_that_of_the_processes_inside(spec: Make) -> None:
    async with running(spec()) as slot:
        (usage,) = slot.usage()
    assert usage.processes >= 1
    assert usage.memory_bytes > 5_000_000


async def test_a_log_that_cannot_be_written_fails_the_slot_and_leaves_nothing(spec: Make, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/inference-server-0.log").symlink_to("/no/such/folder/log")
    assert "cannot be written" in (await _failure(spec())).reason
