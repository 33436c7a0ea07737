"""How a connection to a container reads answers, one after the other, arbitrarily cut."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from retailctl.emulator.router.messages import ResponseHead
from retailctl.emulator.router.upstream import UpstreamConnection

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
ANSWERS = [
    (_HEAD + b"content-length: 2\r\n\r\nab", 200, b"ab"),
    (_HEAD + b"content-length: 2\r\n\r\ncd", 200, b"cd"),
    (_HEAD + b"content-length: 4\r\n\r\n\r\n\r\n", 200, b"\r\n\r\n"),
    (_HEAD + b"content-length: 0\r\n\r\n", 200, b""),
    (_HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 200, b"ab"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + _HEAD + b"content-length: 2\r\n\r\nab", 200, b"ab"),
    (b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\nab", 503, b"ab"),
    (b"HTTP/1.1 204 Nothing\r\n\r\n", 204, b""),
]


class Pool:
    """Takes connections back, and counts how often."""

    def __init__(self) -> None:
        self.taken = 0

    def take_back(self, connection: UpstreamConnection) -> None:
        self.taken += 1

    def forget(self, connection: UpstreamConnection) -> None:
        raise AssertionError


class Transport:
    """Is neither written to nor closed."""

    def set_write_buffer_limits(self, high: int) -> None:
        """As a transport."""

    def is_closing(self) -> bool:
        return False


class Caller:
    """Collects one answer."""

    def __init__(self) -> None:
        self.head: ResponseHead | None = None
        self.body = b""
        self.ended = False

    def received(self, head: ResponseHead | None, body: list[bytes], ended: bool) -> None:
        assert not self.ended
        self.head = head or self.head
        self.body += b"".join(body)
        self.ended = ended

    def connected(self, connection: UpstreamConnection) -> None:
        raise AssertionError

    def lost(self, connection: UpstreamConnection | None, bad_answer: bool) -> None:
        raise AssertionError

    def writable(self, writable: bool) -> None:
        raise AssertionError


def _opened() -> tuple[UpstreamConnection, Pool]:
    pool = Pool()
    connection = UpstreamConnection(pool)
    transport: Any = Transport()
    connection.connection_made(transport)
    return connection, pool


def _asked(connection: UpstreamConnection, pieces: list[bytes]) -> Caller:
    caller = connection.caller = Caller()
    connection.request_sent = True
    for piece in filter(None, pieces):
        connection.data_received(piece)
    return caller


@given(st.lists(st.tuples(st.sampled_from(ANSWERS), st.integers(1, 200)), max_size=12))
def test_an_answer_reads_alike_whatever_came_before_it(answers: list[tuple[tuple[bytes, int, bytes], int]]) -> None:
    connection, pool = _opened()
    for (data, status, body), cut in answers:
        caller = _asked(connection, [data[:cut], data[cut:]])
        alone = _asked(_opened()[0], [data])
        assert caller.head is not None
        assert alone.head is not None
        assert (caller.head.status, caller.body, caller.ended) == (status, body, True)
        assert (caller.head.lines, caller.head.fields) == (alone.head.lines, alone.head.fields)
    assert pool.taken == len(answers)


def test_more_than_the_answer_ends_the_connection_also_under_a_known_head() -> None:
    connection, pool = _opened()
    data = ANSWERS[0][0]
    _asked(connection, [data])
    aborted: list[bool] = []
    connection._transport.abort = lambda: aborted.append(True)  # type: ignore[method-assign]
    assert _asked(connection, [data + b"x"]).body == b"ab"
    assert (aborted, pool.taken) == ([True], 1)
