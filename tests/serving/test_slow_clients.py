"""Clients that send or read slowly, send something else than HTTP, or come in great numbers."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.serving.process import Service, wait_until
from tests.serving.wire import ONE, answered, answers, closed, connected, many, metric, request

SETTINGS = {
    "SERVING_RECEIVE_SECONDS": "0.3",
    "SERVING_MAX_CONNECTIONS": "4",
    "SERVING_DRAIN_SECONDS": "0",
    "SERVING_MAX_BODY_BYTES": "500000",
}


@pytest.fixture(scope="module")
def hurried(model_dir: Path) -> Iterator[Service]:
    with Service(model_dir, **SETTINGS) as service:
        yield service.ready()


@pytest.mark.parametrize("sent", [b"POST /sc", b"POST /score HTTP/1.1\r\nhost: x\r\n"])
def test_a_head_that_stalls_is_answered_408_and_the_connection_ends(hurried: Service, sent: bytes) -> None:
    with connected(hurried) as connection:
        connection.sendall(sent)
        answer = answered(connection)
        assert (answer.status, answer.error["code"]) == (408, "slow-request")
        assert closed(connection)


def test_a_body_that_comes_byte_by_byte_is_answered_408_and_the_connection_ends(hurried: Service) -> None:
    whole = request(ONE)
    with connected(hurried) as connection:
        connection.sendall(whole[:-60])
        for place in range(len(whole) - 60, len(whole)):
            if select.select([connection], [], [], 0.05)[0]:
                break
            connection.sendall(whole[place : place + 1])
        answer = answered(connection)
        assert (answer.status, answer.error["code"]) == (408, "slow-request")
        assert closed(connection)
    assert metric(hurried, 'retail_requests_total{route="/score",status="408"}') >= 1


def test_a_connection_that_asks_nothing_is_ended_without_an_answer(hurried: Service) -> None:
    with connected(hurried) as connection:
        assert closed(connection)


def test_a_connection_kept_open_between_requests_is_not_slow(hurried: Service) -> None:
    with connected(hurried) as idle, connected(hurried) as newer:
        idle.sendall(request(ONE))
        assert answered(idle).status == 200
        assert closed(newer)  # its time is up, which began later
        idle.sendall(request(ONE))
        assert answered(idle).status == 200


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01\x00\n\n", b"GET / HTTP/9\r\n\r\n", b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n"]
)
def test_what_is_not_http_is_answered_400_as_json(hurried: Service, sent: bytes) -> None:
    with connected(hurried) as connection:
        connection.sendall(sent)
        answer = answered(connection)
        assert (answer.status, answer.error["code"]) == (400, "malformed-http")
        assert closed(connection)


def test_a_broken_body_encoding_is_answered_400(hurried: Service) -> None:
    head = b"POST /score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    with connected(hurried) as connection:
        connection.sendall(head + b"this is no length\r\n")
        assert answered(connection).error["code"] == "malformed-http"
        assert closed(connection)


def test_a_request_is_answered_although_no_http_follows_it(hurried: Service) -> None:
    with connected(hurried) as connection:
        connection.sendall(request(ONE) + b"\x00\x00\x00")
        assert answered(connection).status == 200
        assert closed(connection)


def test_an_endless_head_is_answered_431(hurried: Service) -> None:
    with connected(hurried) as connection:
        connection.sendall(b"GET /live HTTP/1.1\r\nhost: x\r\n")
        line = b"x-filler: " + b"a" * 1000 + b"\r\n"
        while not select.select([connection], [], [], 0)[0]:
            connection.sendall(line)
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(("filler", "status"), [(60_000, 200), (70_000, 431)])
def test_a_long_head_that_comes_in_one_piece_is_held_to_the_bound(hurried: Service, filler: int, status: int) -> None:
    with connected(hurried) as connection:
        connection.sendall(b"GET /live HTTP/1.1\r\nhost: x\r\nx-filler: " + b"a" * filler + b"\r\n\r\n")
        assert answered(connection).status == status


def test_pipelined_requests_are_answered_in_their_order(hurried: Service) -> None:
    bodies = [{**ONE, "horizon": horizon} for horizon in (3, 1, 2)]
    with connected(hurried) as connection:
        connection.sendall(b"".join(request(body) for body in bodies))
        following = answers(connection)
        lengths = [len(next(following).json["forecasts"][0]["mean"]) for _ in bodies]
    assert lengths == [3, 1, 2]


OFFER = ("Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAEAAEAAAAIAAAAA", "Upgrade: h2c")
"""What Java's HttpClient adds to its first request unless it is told to speak HTTP/1.1."""


def test_an_offer_to_upgrade_is_passed_over(hurried: Service) -> None:
    with connected(hurried) as connection:
        connection.sendall("\r\n".join(["GET /live HTTP/1.1", "host: x", *OFFER, "", ""]).encode())
        assert answered(connection).status == 200
        connection.sendall(request(ONE, *OFFER))
        assert answered(connection).status == 200
        connection.sendall(request(ONE))
        assert answered(connection).status == 200


def test_an_offer_to_upgrade_that_comes_in_pieces_is_refused_for_what_it_is(hurried: Service) -> None:
    sent = request(ONE, *OFFER)
    middle = sent.index(b"pgrade: h2c")
    with connected(hurried) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(sent[:middle])
        assert not select.select([connection], [], [], 0.1)[0]
        connection.sendall(sent[middle:])
        assert "cannot offer to upgrade" in answered(connection).error["message"]


def test_beyond_the_most_connections_only_probes_are_answered(hurried: Service) -> None:
    wait_until(lambda: hurried.get("/live").status == 200)
    with ExitStack() as stack:
        for _ in range(4):
            connection = stack.enter_context(connected(hurried))
            connection.sendall(b"GET /live HTTP/1.1\r\nhost: x\r\n\r\n")
            assert answered(connection).status == 200  # and is kept open
        refused = hurried.score(ONE)
        assert (refused.status, refused.error["code"], refused.headers["retry-after"]) == (503, "overloaded", "1")
        assert hurried.get("/ready").status == 200
        assert metric(hurried, 'retail_requests_shed_total{reason="connections"}') >= 1
    wait_until(lambda: hurried.score(ONE).status == 200)


def test_an_answer_that_is_not_taken_is_given_up(hurried: Service) -> None:
    with connected(hurried, receive_bytes=4096) as connection:
        connection.sendall(request(many(5000)))
        head = connection.recv(200)
        wait_until(lambda: metric(hurried, "retail_requests_in_flight") == 1)
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"".join(iter(lambda: connection.recv(65536), b""))[-2:] != b"]}"  # it ends early


def test_a_client_that_is_refused_while_it_sends_gets_the_answer(hurried: Service) -> None:
    body = b'{"series": [' + b" " * 1_000_000
    head = f"POST /score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    with connected(hurried) as connection:
        connection.sendall(head.encode() + body)
        assert answered(connection).error["code"] == "body-too-large"
        connection.sendall(request(ONE))
        assert answered(connection).status == 200


def test_who_never_stops_sending_is_cut_off(hurried: Service) -> None:
    head = b"POST /score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with connected(hurried) as connection:
        connection.sendall(head)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            send_for_ever(connection, chunk)


def send_for_ever(connection: socket.socket, chunk: bytes) -> None:
    while True:
        connection.sendall(chunk)
