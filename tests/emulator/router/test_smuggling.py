"""What could be read in two ways reaches no container: one answer of 400, the end, and no second request."""

import pytest

from retailctl.emulator.router.client import RouterClient
from tests.emulator.router.conftest import table
from tests.emulator.router.containers import Container
from tests.emulator.router.wire import wire

pytestmark = pytest.mark.anyio
START = b"POST /shop/score HTTP/1.1\r\nAuthorization: Bearer first-key\r\nHost: localhost\r\n"
SMUGGLED = b"GET /shop/smuggled HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer first-key\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"

AMBIGUOUS = {
    "length, then chunks": START + b"Content-Length: 5\r\n" + CHUNKED + b"0\r\n\r\n",
    "chunks, then length": START + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": START + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "one length twice": START + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a list of lengths": START + b"Content-Length: 3, 3\r\n\r\nabc",
    "a length with a sign": START + b"Content-Length: +3\r\n\r\nabc",
    "a length too long for any number": START + b"Content-Length: 18446744073709551619\r\n\r\nabc",
    "chunked twice": START + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked and not": START + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "no coding": START + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "no such coding": START + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding that is hidden": START + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "a coding that is lost": START + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": START.replace(b"1.1", b"1.0") + CHUNKED + b"0\r\n\r\n",
    "a space before the colon": START + b"Content-Length : 5\r\n\r\nabcde",
    "a folded line": START + b"X: a\r\n Content-Length: 5\r\n\r\n",
    "a folded first line": START + b" Content-Length: 5\r\n\r\n",
    "a bare line feed in the head": START + b"X: a\nContent-Length: 5\r\n\r\n",
    "bare line feeds alone": (START + b"\r\n").replace(b"\r\n", b"\n"),
    "a bare carriage return": START + b"X: a\rContent-Length: 5\r\n\r\n",
    "a field without a name": START + b": 5\r\n\r\n",
    "two hosts": START + b"Host: localhost\r\n\r\n",
    "a chunk's size with a bare line feed": START + CHUNKED + b"3\nabc\r\n0\r\n\r\n",
    "a chunk's size in other digits": START + CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "a chunk's size beyond all": START + CHUNKED + b"ffffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "a chunk longer than its size": START + CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n",
    "a line feed in a chunk's extension": START + CHUNKED + b"3;a\nb\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
async def test_a_request_that_could_be_read_in_two_ways_is_refused(
    router: RouterClient, blue: Container, name: str
) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.send("", AMBIGUOUS[name] + SMUGGLED)
        assert (await caller.answer())[0] == 400
        assert await caller.closed()
    assert not blue.requests


@pytest.mark.parametrize("name", AMBIGUOUS)
async def test_it_is_refused_after_an_honest_request_as_well(router: RouterClient, blue: Container, name: str) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.send("", START + b"Content-Length: 2\r\n\r\n{}" + AMBIGUOUS[name] + SMUGGLED)
        assert (await caller.answer())[0] == 200
        assert await caller.closed()
    assert [seen.body for seen in blue.requests] == [b"{}"]


async def test_a_body_that_looks_like_a_request_is_a_body(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue))
    chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    async with wire(router) as caller:
        caller.send("", START + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED + START + CHUNKED + chunk)
        assert [(await caller.answer())[0] for _ in range(2)] == [200, 200]
    assert [(seen.path, seen.body) for seen in blue.requests] == [("/score", SMUGGLED)] * 2


async def test_what_connection_names_is_dropped_but_never_the_framing(router: RouterClient, blue: Container) -> None:
    await router.apply(table(blue))
    async with wire(router) as caller:
        caller.request("POST /shop/score", "Connection: content-length, host, x-hop", "X-Hop: 1", "Content-Length: 2")
        caller.send("", b"{}")
        assert (await caller.answer())[0] == 200
        caller.request("GET /shop/next")
        assert (await caller.answer())[0] == 200
    assert [(seen.path, seen.body, seen.header("x-hop")) for seen in blue.requests] == [
        ("/score", b"{}", None),
        ("/next", b"", None),
    ]
