"""A connection that repeats its head: what that head was allowed ends with the table, and with its token."""

from __future__ import annotations

import asyncio
import time

import pytest

from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.table import Credential, RouteTable
from tests.emulator.router.conftest import KEYS, table
from tests.emulator.router.containers import Container
from tests.emulator.router.wire import Wire, wire

pytestmark = pytest.mark.anyio


async def _score(caller: Wire, *fields: str) -> tuple[int, str]:
    """Status and slot of the answer to a request that is the same each time, but for the fields."""
    caller.request("POST /shop/score", *fields, "Content-Length: 2", body=b"{}")
    status, answered, _ = await caller.answer()
    return status, answered.get("azureml-model-deployment", "")


async def test_each_table_is_in_force_for_a_head_that_was_let_pass_before(
    router: RouterClient, blue: Container, green: Container
) -> None:
    tables = {
        "blue": table(blue, green),
        "green": table(blue, green, weights={"green": 100}),
        "another key": table(blue, green, credentials=(Credential.of("another"),)),
        "no traffic": table(blue, green, weights={}),
        "no endpoint": RouteTable(),
    }
    expected = {
        "blue": (200, "blue"),
        "green": (200, "green"),
        "another key": (401, ""),
        "no traffic": (404, ""),
        "no endpoint": (404, ""),
    }
    async with wire(router) as caller:
        for name in ("blue", *tables, "green", "no endpoint", "blue"):
            await router.apply(tables[name])
            assert [await _score(caller) for _ in range(3)] == [expected[name]] * 3, name


async def test_a_token_ends_for_a_head_that_was_let_pass_before(router: RouterClient, blue: Container) -> None:
    ends_at = time.time() + 2
    await router.apply(table(blue, credentials=(Credential.of("first-key", ends_at), KEYS[1])))
    async with wire(router) as caller:
        seen = []
        while time.time() < ends_at + 0.1:
            began_s = time.time()
            status, _ = await _score(caller)
            seen.append((began_s >= ends_at, status))
            await asyncio.sleep(0.01)
    assert {late for late, _ in seen} == {False, True}
    assert {status for late, status in seen if late} == {401}
    assert seen[0] == (False, 200)


async def test_requests_under_different_heads_go_their_own_ways_on_one_connection(
    router: RouterClient, blue: Container, green: Container
) -> None:
    await router.apply(table(blue, green))
    named = [(), ("azureml-model-deployment: green",), ("azureml-model-deployment: red",), ("Authorization: Bearer x",)]
    async with wire(router) as caller:
        found = [await _score(caller, *named[turn % 4 if turn < 8 else turn % 2]) for turn in range(12)]
    once = [(200, "blue"), (200, "green"), (404, ""), (401, "")]
    assert found == once * 2 + once[:2] * 2
    assert all(sent.path == "/score" for sent in (*blue.requests, *green.requests))
