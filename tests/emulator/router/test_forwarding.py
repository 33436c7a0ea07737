"""What the container sees of a request, and the caller of an answer."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest

from retailctl.emulator.router.client import RouterClient
from tests.emulator.router.conftest import table
from tests.emulator.router.containers import OK, Container, Received, answering
from tests.emulator.router.wire import wire

pytestmark = pytest.mark.anyio
BIG = bytes(range(256)) * 40_960  # 10 MiB


async def test_path_query_and_fields_are_passed_on(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue))
    await caller.put("/shop/v1/a%20b?x=1&y=/z", headers={"X-Custom": "kept"}, content=b"12345")
    (seen,) = blue.requests
    assert (seen.method, seen.path, seen.body) == ("PUT", "/v1/a%20b?x=1&y=/z", b"12345")
    assert seen.header("x-custom") == "kept"


@pytest.mark.parametrize(
    ("target", "path"), [("/shop", "/"), ("/shop/", "/"), ("/shop?a=1", "/?a=1"), ("/SHOP/x", "/x")]
)
async def test_the_endpoint_s_name_is_taken_off_the_path(
    router: RouterClient, blue: Container, target: str, path: str
) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request(f"GET {target}")
        assert (await caller.answer())[0] == 200
    assert blue.requests[0].path == path


async def test_hop_by_hop_fields_and_the_key_stay_here(router: RouterClient, blue: Container) -> None:
    blue.answer = answering(
        200, b"ok", "Keep-Alive: timeout=5", "X-Private: 1", "Connection: keep-alive, X-Private", "X-Kept: 2"
    )
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request(
            "GET /shop/score",
            "Connection: keep-alive, X-Hop",
            "X-Hop: 1",
            "TE: trailers",
            "Proxy-Authorization: x",
            "X-Kept: 1",
        )
        status, fields, body = await caller.answer()
    assert (status, body) == (200, b"ok")
    seen = {name for name, _ in blue.requests[0].headers}
    assert seen == {"host", "x-kept", "x-request-id"}
    assert fields.keys() == {"x-kept", "x-request-id", "azureml-model-deployment", "content-length"}


async def test_the_request_id_is_the_router_s_own_guid(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    blue.answer = answering(200, b"ok", "x-request-id: container's")
    await router.apply(table(blue))
    answers = [await caller.get("/shop/score", headers={"x-request-id": "mine"}) for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert ids == [seen.header("x-request-id") for seen in blue.requests]
    assert len({str(uuid.UUID(identifier)) for identifier in ids}) == 2


@pytest.mark.parametrize(
    ("given", "kept"), [("abc_DEF-123", "abc_DEF-123"), ("a b;c/é", "abc"), ("x" * 50, "x" * 40), ("!!", None)]
)
async def test_the_caller_s_request_id_is_cleaned_and_returned(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container, given: str, kept: str | None
) -> None:
    await router.apply(table(blue))
    headers = [(b"x-ms-client-request-id", given.encode("latin-1"))]
    response = await caller.get("/shop/score", headers=headers)
    assert response.headers.get("x-ms-client-request-id") == kept
    assert blue.requests[0].header("x-ms-client-request-id") == kept


async def test_ten_megabytes_pass_both_ways(router: RouterClient, caller: httpx.AsyncClient, blue: Container) -> None:
    async def echo(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(request.body)}\r\n\r\n".encode())
        writer.write(request.body)

    blue.answer = echo
    await router.apply(table(blue))
    response = await caller.post("/shop/score", content=BIG)
    assert response.status_code == 200
    assert response.content == BIG


async def test_chunked_bodies_pass_both_ways(router: RouterClient, caller: httpx.AsyncClient, blue: Container) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(BIG), 1_000_003):
            yield BIG[start : start + 1_000_003]

    async def echo(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for start in range(0, len(request.body), 70_001):
            part = request.body[start : start + 70_001]
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
        writer.write(b"0\r\n\r\n")

    blue.answer = echo
    await router.apply(table(blue))
    response = await caller.post("/shop/score", content=parts())
    assert response.content == BIG
    assert blue.requests[0].header("transfer-encoding") == "chunked"


async def test_a_small_chunked_request_is_passed_on_whole(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("POST /shop/score", "Transfer-Encoding: chunked", body=b"3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\n\r\n")
        assert (await caller.answer())[0] == 200
    assert blue.requests[0].body == b"abcde"


async def test_an_answer_that_ends_with_its_connection_is_whole(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    async def until_close(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nfirst ")
        await writer.drain()
        writer.write(b"second")
        writer.close()

    blue.answer = until_close
    await router.apply(table(blue))
    for _ in range(2):
        assert (await caller.get("/shop/score")).content == b"first second"


async def test_an_answer_reaches_the_caller_while_it_is_being_written(router: RouterClient, blue: Container) -> None:
    seen = asyncio.Event()

    async def slowly(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc")
        await seen.wait()
        writer.write(b"def")

    blue.answer = slowly
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("GET /shop/score")
        await caller.head()
        assert await asyncio.wait_for(caller.reader.readexactly(3), 10) == b"abc"
        seen.set()
        assert await asyncio.wait_for(caller.reader.readexactly(3), 10) == b"def"


async def test_head_has_the_length_and_no_body(router: RouterClient, blue: Container) -> None:
    async def head_only(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n")

    blue.answer = head_only
    await router.apply(table(blue))
    async with wire(router) as caller:
        for _ in range(3):
            caller.request("HEAD /shop/score")
            status, fields = await caller.head()
            assert (status, fields["content-length"]) == (200, "1234")
    assert blue.connections == 1


async def test_expect_continue_is_answered_before_the_body_comes(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("POST /shop/score", "Expect: 100-continue", "Content-Length: 5")
        assert (await caller.head())[0] == 100
        caller.send("", b"hello")
        assert (await caller.answer())[0] == 200
    assert blue.requests[0].body == b"hello"
    assert blue.requests[0].header("expect") is None


async def test_a_refused_expect_continue_gets_no_100(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue, weights={}))
    async with wire(router) as caller:
        caller.request("POST /shop/score", "Expect: 100-continue", "Content-Length: 5")
        status, fields, _ = await caller.answer()
        assert (status, fields["connection"]) == (404, "close")
        assert await caller.closed()


async def test_interim_answers_of_the_container_are_not_passed_on(router: RouterClient, blue: Container) -> None:
    async def hints(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK)

    blue.answer = hints
    await router.apply(table(blue))
    async with wire(router) as caller:
        for _ in range(2):
            caller.request("GET /shop/score")
            status, fields, body = await caller.answer()
            assert (status, body, "link" in fields) == (200, b"ok", False)


@pytest.mark.parametrize("body", [b"", b"twelve bytes"])
async def test_an_offer_of_http2_is_declined_and_the_request_served(
    router: RouterClient, blue: Container, body: bytes
) -> None:
    await router.apply(table(blue))
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ")
    async with wire(router) as caller:
        for _ in range(2):
            caller.request("POST /shop/score", *offer, f"Content-Length: {len(body)}", body=body)
            assert (await caller.answer())[0] == 200
    assert [seen.body for seen in blue.requests] == [body, body]
    assert not [name for name, _ in blue.requests[0].headers if re.match("upgrade|http2|connection", name)]


async def test_pipelined_requests_are_answered_in_order(router: RouterClient, blue: Container) -> None:
    async def path(request: Received, writer: asyncio.StreamWriter) -> None:
        body = request.path.encode() + request.body
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))

    blue.answer = path
    await router.apply(table(blue))
    async with wire(router) as caller:
        for number in range(200):
            caller.request(f"POST /shop/{number}", "Content-Length: 3", body=b"abc")
        bodies = [(await caller.answer())[2] for _ in range(200)]
    assert bodies == [f"/{number}abc".encode() for number in range(200)]


async def test_pipelined_refusals_do_not_pile_up(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue, weights={}))
    async with wire(router) as caller:
        caller.send("GET /shop/score HTTP/1.1\nHost: localhost\n\n" * 3000)
        assert [(await caller.answer())[0] for _ in range(3000)] == [401] * 3000


async def test_http_1_0_gets_a_plain_body_and_the_end(router: RouterClient, blue: Container) -> None:
    async def chunked(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await writer.drain()
        writer.write(b"3\r\ndef\r\n0\r\n\r\n")

    blue.answer = chunked
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.send("GET /shop/score HTTP/1.0\nHost: localhost\nAuthorization: Bearer first-key\n\n")
        status, fields = await caller.head()
        assert (status, "transfer-encoding" in fields) == (200, False)
        assert await caller.end() == b"abcdef"


async def test_connection_close_is_honoured(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("GET /shop/score", "Connection: close")
        status, fields, _ = await caller.answer()
        assert (status, fields["connection"]) == (200, "close")
        assert await caller.closed()


async def test_connections_are_kept_on_both_sides(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue))
    for number in range(20):
        assert (await caller.post("/shop/score", content=b"x" * number)).status_code == 200
    assert blue.connections == 1


async def test_a_refusal_keeps_the_connection_when_the_body_is_small(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue, weights={}))
    async with wire(router) as caller:
        for _ in range(3):
            caller.request("POST /shop/score", "Content-Length: 100000")
            caller.send("", bytes(50_000))
            assert (await caller.answer())[0] == 404
            caller.send("", bytes(50_000))


async def test_a_refusal_reaches_a_caller_that_goes_on_sending(
    router: RouterClient, caller: httpx.AsyncClient, blue: Container
) -> None:
    await router.apply(table(blue, weights={}))
    assert (await caller.post("/shop/score", content=BIG)).status_code == 404


async def test_an_answer_before_the_end_of_the_request_is_passed_on(router: RouterClient, blue: Container) -> None:
    async def early(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 422 X\r\ncontent-length: 3\r\n\r\nbad")

    blue.on_head = early
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("POST /shop/score", "Content-Length: 200000", body=bytes(100_000))
        status, _, body = await caller.answer()
        assert (status, body) == (424, b"bad")
