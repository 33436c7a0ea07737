"""The reader of requests against arbitrary bytes, arbitrarily cut."""

from itertools import pairwise

import httptools
from hypothesis import example, given
from hypothesis import strategies as st

from retailctl.emulator.router.reading import RequestReader
from retailctl.emulator.router.requests import Request

HEAD = "Host: localhost\r\nAuthorization: Bearer k\r\n"
OFFER = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
STREAM = (
    f"POST /shop/score HTTP/1.1\r\n{HEAD}Content-Length: 5\r\n\r\nhello"
    f"GET /shop/ready?x=1 HTTP/1.1\r\n{HEAD}\r\n"
    f"POST /shop/h2c HTTP/1.1\r\n{HEAD}{OFFER}Content-Length: 3\r\n\r\nabc"
    f"GET /shop/h2c HTTP/1.1\r\n{HEAD}{OFFER}\r\n"
    f"POST /shop/chunked HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    f"PUT /shop/last HTTP/1.1\r\n{HEAD}Content-Length: 0\r\n\r\n"
).encode()
EXPECTED = [
    (b"POST", b"/shop/score", b"hello"),
    (b"GET", b"/shop/ready?x=1", b""),
    (b"POST", b"/shop/h2c", b"abc"),
    (b"GET", b"/shop/h2c", b""),
    (b"POST", b"/shop/chunked", b"abcde"),
    (b"PUT", b"/shop/last", b""),
]


def read(pieces: list[bytes]) -> RequestReader:
    reader = RequestReader()
    for piece in pieces:
        reader.feed(piece)
    return reader


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
@example(list(range(len(STREAM))))
def test_requests_are_the_same_however_the_stream_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    reader = read([STREAM[start:end] for start, end in pairwise(edges)])
    assert [(r.head.method, r.head.target, r.take_body()) for r in reader.requests] == EXPECTED
    assert all(r.complete and r.head.fields[b"host"] == b"localhost" for r in reader.requests)


ONE_BY_ONE = [
    f"POST /shop/score HTTP/1.1\r\n{HEAD}Content-Length: 2\r\n\r\nab".encode(),
    f"POST /shop/score HTTP/1.1\r\n{HEAD}Content-Length: 2\r\n\r\ncd".encode(),
    f"POST /shop/score HTTP/1.1\r\n{HEAD}Content-Length: 4\r\n\r\n\r\n\r\n".encode(),
    f"POST /shop/h2c HTTP/1.1\r\n{HEAD}{OFFER}Content-Length: 2\r\n\r\nef".encode(),
    f"POST /shop/chunked HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n".encode(),
    f"GET /shop/ready HTTP/1.1\r\n{HEAD}\r\n".encode(),
]


@given(st.lists(st.tuples(st.sampled_from(ONE_BY_ONE), st.integers(1, 400)), max_size=12))
def test_a_request_reads_alike_whatever_came_before_it(requests: list[tuple[bytes, int]]) -> None:
    reader = read([piece for request, cut in requests for piece in (request[:cut], request[cut:]) if piece])
    alone = [read([request]).requests[0] for request, _ in requests]
    assert [_told(request) for request in reader.requests] == [_told(request) for request in alone]


def _told(request: Request) -> tuple[object, ...]:
    """Everything that is known of a request, but when it came."""
    head = request.head
    first = (head.method, head.target, head.http10, head.keep_alive, head.expects_continue)
    body = (head.content_length, head.chunked, request.size, request.complete, b"".join(request.chunks))
    return (*first, head.lines, head.fields, *body)


@given(st.lists(st.tuples(st.integers(0, len(STREAM)), st.integers(0, 9), st.binary(max_size=4)), max_size=6))
def test_damaged_streams_are_read_or_refused_and_nothing_else(damages: list[tuple[int, int, bytes]]) -> None:
    data = STREAM
    for start, length, replacement in damages:
        data = data[:start] + replacement + data[start + length :]
    reader = RequestReader()
    try:
        reader.feed(data)
    except httptools.HttpParserError:
        return
    assert sum(request.size for request in reader.requests) <= len(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read([data, data])
    except httptools.HttpParserError:
        return
