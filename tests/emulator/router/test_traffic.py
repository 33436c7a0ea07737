"""Releases under load: shifting traffic and replacing a slot drops no request."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.table import EndpointRoute, RouteTable, SlotRoute
from retailctl.emulator.runners.slots import SlotSpec, SlotSupervisor
from retailctl.emulator.runners.spec import Route
from retailctl.emulator.runners.table import RunnerEntry
from tests.emulator.router.conftest import KEYS, table
from tests.emulator.router.containers import Container, after
from tests.emulator.router.wire import wire
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio
SERVER = Path(__file__).parents[1] / "runners" / "container.py"


@dataclass
class Load:
    """What callers saw while the test did something else."""

    statuses: Counter[int | str] = field(default_factory=Counter)
    slots: Counter[str] = field(default_factory=Counter)

    def add(self, status: int, fields: dict[str, str]) -> None:
        """One answer."""
        self.statuses[status] += 1
        self.slots[fields.get("azureml-model-deployment", "")] += 1


@asynccontextmanager
async def under_load(router: RouterClient, clients: int = 4, rate: float | None = None) -> AsyncIterator[Load]:
    """Clients on kept-alive connections: as fast as they can, or `rate` requests a second together."""
    load, stop = Load(), asyncio.Event()

    async def client() -> None:
        async with wire(router) as caller:
            while not stop.is_set():
                caller.request("POST /shop/score", "Content-Length: 2", body=b"{}")
                status, fields, _ = await caller.answer()
                load.add(status, fields)
                await asyncio.sleep(clients / rate if rate else 0)

    tasks = [asyncio.create_task(client()) for _ in range(clients)]
    yield load
    stop.set()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, BaseException):
            load.statuses[repr(result)] += 1


@pytest.mark.parametrize("rate", [50, None])
async def test_ten_shifts_fail_no_request(
    router: RouterClient, blue: Container, green: Container, rate: float | None
) -> None:
    await router.apply(table(blue, green))
    async with under_load(router, rate=rate) as load:
        for step in range(1, 11):
            answered = load.statuses.total()
            await router.apply(table(blue, green, weights={"blue": 100 - 10 * step, "green": 10 * step}))
            await until(lambda floor=answered + 5: load.statuses.total() > floor, "some requests on this split")  # type: ignore[misc]
    assert load.statuses.keys() == {200}
    assert load.slots["blue"] > 5
    assert load.slots["green"] > 5


def slot_spec(folder: Path) -> SlotSpec:
    entry = RunnerEntry("*", SERVER.parent, ("{python}", str(SERVER), "{port}"))
    return SlotSpec(
        "shop", "green", entry, folder, liveness=Route("/live"), readiness=Route("/ready"), instance_count=2
    )


def serving(slot: SlotSupervisor) -> RouteTable:
    route = SlotRoute(slot.addresses, max_concurrent=50, instance_count=2)
    return RouteTable({"shop": EndpointRoute("key", KEYS, {"green": 100}, {}, {"green": route})})


@pytest.mark.parametrize("rate", [50, None])
async def test_replacing_a_slot_of_real_processes_fails_no_request(
    router: RouterClient, tmp_path: Path, rate: float | None
) -> None:
    old = SlotSupervisor(slot_spec(tmp_path / "old"), lambda: None)
    await old.start()
    await router.apply(serving(old))
    async with under_load(router, rate=rate) as load:
        await until(lambda: load.statuses.total() > 10, "requests on the old slot")
        new = SlotSupervisor(slot_spec(tmp_path / "new"), lambda: None)
        await new.start()
        leaving = old.addresses
        await router.apply(serving(new))
        assert await router.drained(leaving, timeout_s=10)
        await old.stop()
        answered = load.statuses.total()
        await until(lambda: load.statuses.total() > answered + 10, "requests on the new slot")
    await new.stop(drain_s=0)
    assert load.statuses.keys() == {200}


async def test_a_killed_instance_costs_only_the_requests_that_it_held(router: RouterClient, tmp_path: Path) -> None:
    changed: list[Callable[[], None]] = []
    slot = SlotSupervisor(slot_spec(tmp_path / "logs"), lambda: [act() for act in changed])  # type: ignore[arg-type]
    await slot.start()
    await router.apply(serving(slot))
    applying: set[asyncio.Task[None]] = set()
    changed.append(lambda: applying.add(asyncio.create_task(router.apply(serving(slot)))))
    async with under_load(router, clients=2) as load:
        await until(lambda: load.statuses.total() > 10, "requests")
        victim = slot._instances[0].running
        assert victim
        await victim.stop(grace_s=0)
        await until(lambda: len(slot.addresses) == 2, "the restart")
        answered = load.statuses.total()
        await until(lambda: load.statuses.total() > answered + 50, "requests after the restart")
    await slot.stop(drain_s=0)
    await asyncio.gather(*applying)
    assert load.statuses[200] > 60
    assert load.statuses.total() - load.statuses[200] <= 2


async def test_requests_in_flight_finish_on_a_removed_slot(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    released = asyncio.Event()
    blue.answer = after(released)
    await router.apply(table(blue))
    pending = asyncio.create_task(caller.get("/shop/score"))
    await until(lambda: blue.requests, "the request in the old slot")
    await router.apply(table(green))
    assert (await caller.get("/shop/score")).headers["azureml-model-deployment"] == "green"
    assert await router.inflight("shop", "blue") == 1
    assert not await router.drained([blue.address], timeout_s=0.1)
    released.set()
    response = await pending
    assert (response.status_code, response.headers["azureml-model-deployment"]) == (200, "blue")
    assert await router.drained([blue.address], timeout_s=5)
    await until(lambda: not blue.writers, "the connections to the old slot to close")


async def test_a_split_stays_exact_through_tables_that_do_not_change_it(
    router: RouterClient, blue: Container, green: Container
) -> None:
    weights = {"blue": 70, "green": 30}
    async with wire(router) as caller:
        for _ in range(100):
            await router.apply(table(blue, green, weights=weights))
            caller.request("GET /shop/score")
            await caller.answer()
    assert len(blue.requests) == 70
