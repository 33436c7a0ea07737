"""Mirrored traffic: what the mirror gets, and that no caller ever notices."""

import asyncio
import time

import httpx
import pytest

from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.limits import Limits
from retailctl.emulator.router.table import EndpointRoute, RouteTable, SlotRoute
from tests.emulator.router.conftest import KEYS, table
from tests.emulator.router.containers import Answer, Container, after, answering, never
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio
MIRROR = {"weights": {"blue": 100}, "mirror": {"green": 100}}


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(mirrored_bytes=3_000_000)


async def mirrored_requests(router: RouterClient) -> dict[tuple[int, int | None], int]:
    """The mirror's requests by status since the router began."""
    counts: dict[tuple[int, int | None], int] = {}
    for row in await router.metrics("shop", 0, time.time() + 60):
        for key, count in row.requests.items():
            if row.mirrored:
                counts[key] = counts.get(key, 0) + count
    return counts


async def test_the_mirror_gets_the_share_that_it_should(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    await router.apply(table(blue, green, weights={"blue": 100}, mirror={"green": 20}))
    for _ in range(200):
        assert (await caller.get("/shop/score")).headers["azureml-model-deployment"] == "blue"
    await until(lambda: len(green.requests) == 40, "every fifth request in the mirror")
    assert len(blue.requests) == 200


async def test_the_copy_is_the_request(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    await router.apply(table(blue, green, **MIRROR))
    for size in (0, 10, 500_000):
        body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        await caller.post("/shop/v2/score?a=b", content=body, headers={"X-Custom": "kept"})
    await until(lambda: len(green.requests) == 3, "the copies")
    for original, copy in zip(blue.requests, green.requests, strict=True):
        assert (copy.method, copy.path, copy.body) == (original.method, original.path, original.body)
        assert copy.header("x-custom") == "kept"
        assert copy.header("x-request-id") == original.header("x-request-id")
        assert copy.header("authorization") is None


async def test_the_header_s_choice_is_not_mirrored(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    await router.apply(table(blue, green, **MIRROR))
    for _ in range(5):
        await caller.get("/shop/score", headers={"azureml-model-deployment": "blue"})
    await caller.get("/shop/score")
    await until(lambda: green.requests, "the one copy")
    assert len(green.requests) == 1


@pytest.mark.parametrize("answer", [never, answering(500, b"broken"), answering(200, b"x" * 3_000_000)])
async def test_whatever_the_mirror_does_the_caller_gets_its_answer(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container, answer: Answer
) -> None:
    green.answer = answer
    await router.apply(table(blue, green, timeout_ms=300, **MIRROR))
    for _ in range(5):
        response = await caller.post("/shop/score", content=b"{}")
        assert (response.status_code, response.content) == (200, b"ok")
    await until(lambda: len(green.requests) == 5, "the copies")


async def test_a_mirror_that_is_gone_is_measured_and_nothing_else(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    await router.apply(table(blue, green, **MIRROR))
    await green.stop()
    before = (await mirrored_requests(router)).get((424, 503), 0)
    assert (await caller.get("/shop/score")).status_code == 200
    while (await mirrored_requests(router)).get((424, 503), 0) == before:
        await asyncio.sleep(0.01)


async def test_a_stuck_mirror_gets_no_more_than_its_limit_and_costs_no_caller_its_place(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    released = asyncio.Event()
    green.answer = after(released)
    before = await mirrored_requests(router)
    slots = {c.name: SlotRoute((c.address,), timeout_ms=60_000, max_concurrent=2) for c in (blue, green)}
    await router.apply(RouteTable({"shop": EndpointRoute("key", KEYS, {"blue": 100}, {"green": 100}, slots)}))
    for _ in range(20):
        assert (await caller.get("/shop/score")).status_code == 200
    await until(lambda: len(green.requests) == 4, "four copies in the mirror")
    assert await router.inflight("shop", "green") == 4
    named = asyncio.create_task(caller.get("/shop/score", headers={"azureml-model-deployment": "green"}))
    await until(lambda: len(green.requests) == 5, "a caller's own request in the mirror slot")
    released.set()
    assert (await named).status_code == 200
    after_counts = await mirrored_requests(router)
    assert after_counts[429, None] - before.get((429, None), 0) == 16


async def test_bodies_held_for_a_mirror_are_bounded_together(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    await router.apply(table(blue, green, **MIRROR))
    assert (await caller.post("/shop/score", content=bytes(4_000_000))).status_code == 200
    assert (await caller.post("/shop/score", content=bytes(2_000_000))).status_code == 200
    await until(lambda: green.requests, "the copy that fits")
    assert [len(request.body) for request in green.requests] == [2_000_000]
    assert (await caller.post("/shop/score", content=bytes(2_000_000))).status_code == 200
    await until(lambda: len(green.requests) == 2, "room again after the first")


async def test_a_slot_is_not_mirrored_to_itself(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, green: Container
) -> None:
    await router.apply(table(blue, green, weights={"green": 100}, mirror={"green": 100}))
    for _ in range(5):
        await caller.get("/shop/score")
    assert len(green.requests) == 5
