"""Faults of scoring requests: what the caller, the container and the metrics see of each."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx
import pytest

from retailctl.emulator.router.client import RouterClient, RouterError
from retailctl.emulator.router.fault_table import ScoringFault
from tests.emulator.router.conftest import calling, table
from tests.emulator.router.containers import Container, Flood, Received, answering, never
from tests.emulator.router.wire import wire
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio
NUMBERS = count()
LARGE = bytes(range(256)) * 4_000


def fault(kind: str, **fields: Any) -> ScoringFault:
    """One of endpoint shop."""
    return ScoringFault.from_json({"id": f"fault-{next(NUMBERS)}", "kind": kind, "endpoint": "shop", **fields})


@pytest.fixture(autouse=True)
async def as_before(router: RouterClient) -> AsyncIterator[None]:
    yield
    await router.inject([])


@pytest.fixture
async def counted(router: RouterClient) -> "Tally":
    tally = Tally(router)
    await tally.begin()
    return tally


class Tally:
    """Requests by slot, status and the model's own status since the test began."""

    def __init__(self, router: RouterClient) -> None:
        self._router = router

    async def begin(self) -> None:
        self._before = await self._now()

    async def __call__(self) -> dict[tuple[str, int, int | None], int]:
        return dict(await self._now() - self._before)

    async def _now(self) -> Counter[tuple[str, int, int | None]]:
        found: Counter[tuple[str, int, int | None]] = Counter()
        for row in await self._router.metrics("shop", 0, time.time() + 60):
            for (status, model), number in row.requests.items():
                found[row.slot, status, model] += number
        return found


@pytest.mark.parametrize(
    ("status", "fields", "body"),
    [
        (401, {"www-authenticate": "Bearer"}, b"key_auth_access_denied"),
        (404, {}, b"positive share"),
        (408, {}, b"request_timeout_ms of 5000"),
        (424, {"ms-azureml-model-error-statuscode": "500", "ms-azureml-model-error-reason": "model_error"}, b"Model"),
        (429, {"ms-azureml-model-error-reason": "too_many_pending_request", "content-length": "0"}, b""),
        (500, {}, b"InternalServerError"),
        (503, {}, b"InternalServerError"),
    ],
)
async def test_a_status_comes_as_the_platform_words_it(
    router: RouterClient,
    caller: httpx.AsyncClient,
    blue: Container,
    counted: Tally,
    status: int,
    fields: dict[str, str],
    body: bytes,
) -> None:
    await router.apply(table(blue))
    await router.inject([fault("status", status=status)])
    response = await caller.post("/shop/score", content=b"{}")
    assert response.status_code == status
    assert body in response.content
    assert fields.items() <= dict(response.headers).items()
    assert "retry-after" not in response.headers
    assert {"x-request-id", "azureml-model-deployment"} <= set(response.headers)
    assert not blue.requests
    assert await counted() == {("blue", status, 500 if status == 424 else None): 1}
    assert (await caller.post("/shop/score", content=b"{}")).status_code == 200


async def test_a_status_has_the_code_the_model_status_and_the_pause_that_were_asked_for(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue))
    wanted = {"code": "Rationed", "retry_after_s": 1.5}
    await router.inject([fault("status", status=429, **wanted), fault("status", status=424, model_status=503)])
    throttled, failed = [await caller.get("/shop/score") for _ in range(2)]
    assert throttled.json()["error"]["code"] == "Rationed"
    assert throttled.headers["retry-after"] == "2"
    assert failed.headers["ms-azureml-model-error-statuscode"] == "503"


@pytest.mark.parametrize(
    ("named", "met"),
    [
        ({}, ["blue", "green"]),
        ({"slot": "green"}, ["green"]),
        ({"slot": "GREEN|red"}, ["green"]),
        ({"slot": "gree"}, []),
        ({"endpoint": ".*"}, ["blue", "green"]),
        ({"endpoint": "other"}, []),
        ({"method": "post"}, []),
        ({"method": "get"}, ["blue", "green"]),
        ({"path": "/score$"}, ["blue", "green"]),
        ({"path": "/explain"}, []),
    ],
)
async def test_only_what_a_fault_names_meets_it(
    router: RouterClient,
    caller: httpx.AsyncClient,
    blue: Container,
    green: Container,
    named: dict[str, str],
    met: list[str],
) -> None:
    await router.apply(table(blue, green))
    await router.inject([fault("status", count=None, **named)])
    statuses = {
        slot: (await caller.get("/shop/score?a=b", headers={"azureml-model-deployment": slot})).status_code
        for slot in ("blue", "green")
    }
    assert [slot for slot, status in statuses.items() if status == 503] == met


async def test_a_request_that_is_refused_anyway_spends_no_fault(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue))
    await router.inject([fault("status")])
    answers = [await caller.get("/shop/score", headers={"Authorization": key}) for key in ("no", "Bearer no")]
    assert [each.status_code for each in answers] == [401, 401]
    assert [(await caller.get("/shop/score")).status_code for _ in range(2)] == [503, 200]


async def test_a_share_of_the_requests_is_met_and_the_same_seed_meets_the_same(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue))
    runs = []
    for seed in (3, 3, 4):
        await router.inject([fault("status", count=None, probability=0.2, seed=seed, after=5)])
        runs.append([(await caller.get("/shop/score")).status_code for _ in range(105)])
    assert runs[0] == runs[1] != runs[2]
    assert runs[0][:5] == [200] * 5
    assert 10 <= runs[0].count(503) <= 30


async def test_faults_strike_in_their_order_and_each_as_often_as_it_should(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue))
    await router.inject([fault("status", status=429, count=2), fault("status", status=500, count=3)])
    statuses = [(await caller.get("/shop/score")).status_code for _ in range(7)]
    assert statuses == [429, 429, 500, 500, 500, 200, 200]


@pytest.mark.parametrize("body", [b"{}", LARGE])
async def test_a_drop_before_the_call_leaves_the_container_alone(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, counted: Tally, body: bytes
) -> None:
    await router.apply(table(blue))
    await router.inject([fault("drop")])
    with pytest.raises(httpx.TransportError):
        await caller.post("/shop/score", content=body)
    assert not blue.requests
    assert await counted() == {("blue", 499, None): 1}
    assert (await caller.post("/shop/score", content=body)).status_code == 200


@pytest.mark.parametrize("body", [b"{}", LARGE])
async def test_a_drop_after_the_call_loses_the_answer_alone(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, counted: Tally, body: bytes
) -> None:
    await router.apply(table(blue))
    await router.inject([fault("drop", when="after")])
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await caller.post("/shop/score", content=body)
    assert [seen.body for seen in blue.requests] == [body]
    assert await counted() == {("blue", 200, 200): 1}


@pytest.mark.parametrize("size", [100, 5_000_000])
async def test_a_drop_in_the_middle_truncates_the_body(
    router: RouterClient, blue: Container, counted: Tally, size: int
) -> None:
    blue.answer = answering(200, b"x" * size)
    await router.apply(table(blue))
    await router.inject([fault("drop", when="middle")])
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        status, fields = await caller.head()
        assert (status, fields["content-length"]) == (200, str(size))
        assert 0 < len(await caller.end()) <= size // 2
    while not await counted():
        await asyncio.sleep(0.01)
    assert await counted() == {("blue", 200, 200): 1}
    assert not blue.hang_ups


@pytest.mark.parametrize(("when", "arrives"), [("after", b""), ("middle", b"o")])
async def test_a_caller_that_asks_first_is_told_to_go_on_and_loses_its_answer_all_the_same(
    router: RouterClient, blue: Container, when: str, arrives: bytes
) -> None:
    await router.apply(table(blue))
    await router.inject([fault("drop", when=when)])
    async with wire(router) as caller:
        caller.request("POST /shop/score", "Expect: 100-continue", "Content-Length: 5")
        assert (await caller.head())[0] == 100
        caller.send("", b"hello")
        rest = await caller.end()
    assert rest.partition(b"\r\n\r\n")[2] == arrives
    assert [seen.body for seen in blue.requests] == [b"hello"]


async def test_a_delay_counts_as_the_container_s_time(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue))
    for body in (b"{}", LARGE):
        await router.inject([fault("delay", delay_s=0.3)])
        response = await caller.post("/shop/score", content=body)
        assert response.status_code == 200
        assert response.elapsed.total_seconds() >= 0.3
    rows = [row for row in await router.metrics("shop", 0, time.time() + 60) if row.slot == "blue"]
    assert max(row.latency.percentile(100) or 0 for row in rows) >= 290  # the bins are two percent wide


@pytest.mark.parametrize("body", [b"{}", LARGE])
async def test_408_for_a_delay_beyond_the_request_timeout(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, counted: Tally, body: bytes
) -> None:
    await router.apply(table(blue, timeout_ms=200))
    await router.inject([fault("delay", delay_s=60)])
    assert (await caller.post("/shop/score", content=body)).status_code == 408
    assert not blue.requests
    assert await counted() == {("blue", 408, None): 1}


async def test_delayed_requests_take_the_places_of_others(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue, max_concurrent=1, timeout_ms=60_000))
    await router.inject([fault("delay", delay_s=60, count=2)])
    late = [asyncio.create_task(caller.get("/shop/score")) for _ in range(2)]
    while await router.inflight("shop", "blue") < 2:
        await asyncio.sleep(0.01)
    assert (await caller.get("/shop/score")).status_code == 429
    for each in late:
        each.cancel()
    while await router.inflight("shop", "blue"):
        await asyncio.sleep(0.01)
    assert (await caller.get("/shop/score")).status_code == 200


@pytest.mark.parametrize("framing", ["length", "chunked"])
async def test_a_trickled_answer_comes_in_pieces_and_whole(router: RouterClient, blue: Container, framing: str) -> None:
    async def chunked(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(10):
            writer.write(b"64\r\n" + b"x" * 100 + b"\r\n")
        writer.write(b"0\r\n\r\n")

    blue.answer = chunked if framing == "chunked" else answering(200, b"x" * 1000)
    await router.apply(table(blue))
    await router.inject([fault("trickle", bytes_per_s=500)])
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        status, fields = await caller.head()
        first = await caller.reader.read(1000)
        assert (status, len(first) < 1000) == (200, True)
        if framing == "length":
            rest = await caller.reader.readexactly(1000 - len(first))
        else:
            assert fields["transfer-encoding"] == "chunked"
            rest = await caller.reader.readuntil(b"0\r\n\r\n")
        assert (first + rest).count(b"x") == 1000
        caller.request("GET /shop/score")
        assert (await caller.answer())[2] == b"x" * 1000


async def test_the_container_waits_while_its_answer_trickles_and_sees_a_hang_up(
    router: RouterClient, blue: Container, counted: Tally
) -> None:
    blue.answer = flood = Flood()
    await router.apply(table(blue))
    await router.inject([fault("trickle", bytes_per_s=1_000)])
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        await caller.head()
        assert await caller.reader.readexactly(300)
        assert flood.written < 50_000_000
    await until(lambda: blue.hang_ups == 1, "the hang-up in the container")
    assert await counted() == {("blue", 499, 200): 1}


async def test_a_restarted_router_goes_on_with_what_is_left_of_its_faults(
    own_router: RouterClient, blue: Container
) -> None:
    await own_router.apply(table(blue))
    seeded = fault("status", status=500, count=None, probability=0.5, seed=1)
    runs: list[list[int]] = []
    for kills in (0, 3):
        once = ScoringFault.from_json({**seeded.to_json(), "id": f"kills-{kills}"})
        await own_router.inject([fault("status", status=429, count=4), once])
        run = []
        for number in range(24):
            if kills and number % 7 == 2:
                await kill(own_router)
            async with calling(own_router) as caller:
                run.append((await caller.get("/shop/score")).status_code)
        runs.append(run)
    assert runs[0][:4] == [429] * 4
    assert runs[0] == runs[1]


async def kill(router: RouterClient) -> None:
    """End the process and wait for the next one."""
    before = router.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    await until(lambda: router.pid not in (None, before), "another router")


async def test_the_owner_hears_of_every_strike(tmp_path: Any, blue: Container) -> None:
    heard: dict[str, tuple[int, int]] = {}
    router = RouterClient(tmp_path, on_struck=lambda each, seen, met: heard.__setitem__(each, (seen, met)))
    await router.start()
    try:
        await router.apply(table(blue))
        asked = fault("status", count=2, after=1)
        await router.inject([asked])
        async with calling(router) as caller:
            assert [(await caller.get("/shop/score")).status_code for _ in range(5)] == [200, 503, 503, 200, 200]
        await until(lambda: heard.get(asked.id) == (3, 2), "the strikes")
    finally:
        await router.stop()


async def test_a_container_that_never_answers_is_still_timed_out_under_a_fault(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    blue.answer = never
    await router.apply(table(blue, timeout_ms=200))
    for each in (fault("trickle"), fault("delay", delay_s=0.05)):
        await router.inject([each])
        assert (await caller.get("/shop/score")).status_code == 408


async def test_a_fault_without_meaning_is_refused_and_changes_nothing(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue))
    await router.inject([fault("status", count=None)])
    with pytest.raises(RouterError, match="unterminated"):
        await router.inject([ScoringFault("broken", "status", "(")])
    assert (await caller.get("/shop/score")).status_code == 503
    await kill(router)
    assert (await caller.get("/shop/score")).status_code == 503
