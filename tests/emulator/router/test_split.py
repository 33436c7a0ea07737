"""The split is exact within one percent over 2,000 requests, however they come and whatever changed before."""

import asyncio
from collections import Counter

import pytest

from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.table import RouteTable
from tests.emulator.router.conftest import table
from tests.emulator.router.containers import Container
from tests.emulator.router.wire import wire

pytestmark = pytest.mark.anyio
REQUESTS = 2_000
ALLOWED = REQUESTS // 100


async def dealt(router: RouterClient, requests: int, connections: int = 1, *fields: str) -> Counter[str]:
    """Slots that answered, over so many connections at once; every answer must be 200."""
    slots: Counter[str] = Counter()

    async def ask(number: int) -> None:
        async with wire(router) as caller:
            for _ in range(number):
                caller.request("GET /shop/score", *fields)
                status, answered, _ = await caller.answer()
                assert status == 200
                slots[answered["azureml-model-deployment"]] += 1

    shares = [len(range(first, requests, connections)) for first in range(connections)]
    await asyncio.gather(*map(ask, shares))
    return slots


def split(blue: Container, green: Container, share: int) -> RouteTable:
    """`share` percent to green."""
    return table(blue, green, weights={"blue": 100 - share, "green": share})


@pytest.mark.parametrize(("share", "connections"), [(50, 1), (10, 1), (1, 1), (33, 1), (50, 7), (10, 7), (1, 7)])
async def test_the_split_is_exact(
    router: RouterClient, blue: Container, green: Container, share: int, connections: int
) -> None:
    await router.apply(split(blue, green, share))
    found = await dealt(router, REQUESTS, connections)
    assert abs(found["green"] - share * REQUESTS // 100) <= ALLOWED
    assert (len(blue.requests), len(green.requests)) == (found["blue"], found["green"])


@pytest.mark.parametrize("share", [0, 100])
async def test_a_slot_without_a_share_gets_nothing(
    router: RouterClient, blue: Container, green: Container, share: int
) -> None:
    await router.apply(split(blue, green, share))
    assert await dealt(router, 300) == {"green" if share else "blue": 300}


async def test_a_change_in_the_middle_begins_the_new_split_at_once(
    router: RouterClient, blue: Container, green: Container
) -> None:
    await router.apply(split(blue, green, 10))
    await dealt(router, 137)
    await router.apply(split(blue, green, 50))
    found = await dealt(router, REQUESTS, 3)
    assert abs(found["green"] - REQUESTS // 2) <= ALLOWED


async def test_splits_that_take_turns_are_each_exact(router: RouterClient, blue: Container, green: Container) -> None:
    found: dict[int, Counter[str]] = {10: Counter(), 50: Counter()}
    for _ in range(20):
        for share, slots in found.items():
            await router.apply(split(blue, green, share))
            slots.update(await dealt(router, REQUESTS // 20, 2))
    for share, slots in found.items():
        assert abs(slots["green"] - share * REQUESTS // 100) <= ALLOWED


async def test_requests_that_name_a_slot_do_not_count(router: RouterClient, blue: Container, green: Container) -> None:
    await router.apply(split(blue, green, 10))
    found: Counter[str] = Counter()
    for _ in range(20):
        assert await dealt(router, 3, 1, "azureml-model-deployment: green") == {"green": 3}
        found.update(await dealt(router, 50))
    assert found == {"blue": 900, "green": 100}
