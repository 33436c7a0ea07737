"""Every answer of the endpoints has the service's own request id, and the caller's where it is known."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from retailctl.emulator.router import exchange
from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.limits import Limits
from retailctl.emulator.router.server import Router
from retailctl.emulator.router.table import RouteTable
from tests.emulator.router.conftest import table
from tests.emulator.router.containers import Container, after, answering, never
from tests.emulator.router.wire import Wire, wire
from tests.emulator.waiting import until

pytestmark = pytest.mark.anyio
MINE = "x-ms-client-request-id: mine-1"
Ask = Callable[[Wire], Awaitable[None]]


@pytest.fixture(scope="module")
def limits() -> Limits:
    return Limits(head_s=0.2, body_bytes=200_000)


def lines(*fields: str, first: str = "GET /shop/score", key: str = "Bearer first-key") -> Callable[[Wire], None]:
    """A request with the caller's id."""

    def send(caller: Wire) -> None:
        text = "\n".join([f"{first} HTTP/1.1", "Host: localhost", f"Authorization: {key}", MINE, *fields])
        caller.send(text + "\n\n")

    return send


CASES: dict[str, tuple[int, dict[str, Any], Callable[[Wire], None]]] = {
    "the container's answer": (200, {}, lines()),
    "the container's failure": (424, {"answer": answering(500)}, lines()),
    "a wrong key": (401, {}, lines(key="Bearer wrong")),
    "no bearer": (401, {}, lines(key="Basic x")),
    "no endpoint": (404, {}, lines(first="GET /other")),
    "no traffic": (404, {"weights": {}}, lines()),
    "no slot": (404, {}, lines("azureml-model-deployment: red")),
    "a foreign host": (400, {}, lines("Host: evil.example")),
    "too slow": (408, {"answer": never, "timeout_ms": 50}, lines()),
    "too large": (413, {}, lines("Content-Length: 200001", first="POST /shop/score")),
    "no HTTP": (400, {}, lambda caller: caller.send("nonsense\n\n")),
    "half a head": (408, {}, lambda caller: caller.send("GET /shop")),
    "an endless head": (431, {}, lambda caller: caller.send("GET /shop HTTP/1.1\nX: " + "x" * 600_000)),
}


@pytest.mark.parametrize("case", CASES)
async def test_an_answer_has_the_service_s_id_and_the_caller_s(
    router: RouterClient, blue: Container, case: str
) -> None:
    status, settings, ask = CASES[case]
    blue.answer = settings.get("answer")
    await router.apply(table(blue, **{name: value for name, value in settings.items() if name != "answer"}))
    async with wire(router) as caller:
        ask(caller)
        answered, fields = await caller.head()
    assert answered == status
    assert uuid.UUID(fields["x-request-id"]).version == 4
    understood = case not in {"no HTTP", "half a head", "an endless head", "a foreign host"}
    assert fields.get("x-ms-client-request-id") == ("mine-1" if understood else None)


async def test_so_has_429(router: RouterClient, blue: Container) -> None:
    released = asyncio.Event()
    blue.answer = after(released)
    await router.apply(table(blue, max_concurrent=1))
    async with wire(router) as first, wire(router) as second, wire(router) as third:
        for caller in (first, second):
            lines()(caller)
        await until(lambda: len(blue.requests) == 2, "two requests in the container")
        lines()(third)
        status, fields = await third.head()
        assert (status, fields["x-ms-client-request-id"]) == (429, "mine-1")
        assert uuid.UUID(fields["x-request-id"])
        released.set()


async def test_a_failure_of_the_router_is_500_for_one_request_alone(
    tmp_path: Path, blue: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a mistake of the router's own")

    router = Router(tmp_path, Limits(), lambda _: None)
    router.apply(json.loads(json.dumps(RouteTable.to_json(table(blue)))))
    port = await router.listen(0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    caller = Wire(reader, writer)
    lines()(caller)
    assert (await caller.answer())[0] == 200
    with monkeypatch.context() as patch:
        patch.setattr(exchange, "Call", broken)
        lines()(caller)
        status, fields, body = await caller.answer()
        assert (status, fields["connection"]) == (500, "close")
        assert (uuid.UUID(fields["x-request-id"]).version, b"router.log" in body) == (4, True)
    assert router.inflight("shop", "blue") == 0
    writer.close()
    await router.stop(grace_s=1)
