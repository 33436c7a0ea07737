"""The transport over real sockets: what a broken connection is called, and what is sent and read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError, ServiceResponseTimeoutError
from azure.core.rest import HttpRequest

from retailctl.azureml.transport import Answer, Transport, open_pool
from retailctl.errors import InvalidConfig
from tests.unit.azureml.doubles import SteppedClock

Peer = Callable[[bytes | None], str]


@pytest.fixture
def transport(clock: SteppedClock) -> Iterator[Transport]:
    with Transport(ca_bundle=None, clock=clock) as opened:
        yield opened


@pytest.fixture
def peer() -> Iterator[Peer]:
    """Starts a server that answers each connection's request with these bytes, or hangs up (b"") or stalls (None)."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    threads: list[threading.Thread] = []

    def serve(reply: bytes | None) -> None:
        listener.settimeout(10)
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                if reply is None:
                    over.wait(10)
                else:
                    connection.sendall(reply)

    def start(reply: bytes | None) -> str:
        threads.append(threading.Thread(target=serve, args=(reply,)))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/x"

    yield start
    over.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in threads:
        thread.join()


def get(transport: Transport, url: str, **options: float) -> Answer:
    return transport.send(HttpRequest("GET", url), **options)


def test_an_answer_is_read_to_its_end(transport: Transport, peer: Peer) -> None:
    url = peer(b"HTTP/1.1 404 No\r\nContent-Length: 9\r\nX-Ms-Request-Id: r\r\n\r\n" + b'{"a": 1} ')
    answer = get(transport, url)
    assert (answer.status_code, answer.json(), answer.headers["x-ms-request-id"]) == (404, {"a": 1}, "r")


@pytest.mark.parametrize("content", [b"", b"[1]", b"<html>", b"null"])
def test_a_body_that_is_no_object_reads_as_an_empty_one(content: bytes) -> None:
    assert Answer(HttpRequest("GET", "https://x"), 200, {}, content).json() == {}


def test_a_redirect_is_an_answer_and_not_followed(transport: Transport, peer: Peer) -> None:
    url = peer(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")
    assert get(transport, url).status_code == 302


def test_nobody_there_means_that_nothing_was_sent(transport: Transport) -> None:
    with pytest.raises(ServiceRequestError, match="refused"):
        get(transport, "http://127.0.0.1:9/")


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_a_server_that_hangs_up_may_have_done_the_work(transport: Transport, peer: Peer, reply: bytes) -> None:
    with pytest.raises(ServiceResponseError):
        get(transport, peer(reply))


def test_a_server_that_stalls_is_given_up(transport: Transport, peer: Peer) -> None:
    with pytest.raises(ServiceResponseTimeoutError):
        get(transport, peer(None), read_timeout=0.05)


def test_waits_between_attempts_are_the_clocks(transport: Transport, clock: SteppedClock) -> None:
    transport.sleep(3)
    assert clock.slept == [3]


def test_a_proxy_of_the_environment_is_used_for_the_cloud_and_never_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert open_pool("https://management.azure.com/x", None).proxy is not None
    assert open_pool("https://127.0.0.1:4443/x", None).proxy is None
    monkeypatch.setenv("no_proxy", "azure.com")
    assert open_pool("https://management.azure.com/x", None).proxy is None


def test_certificates_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match=r"cannot read certificates from .*gone\.pem"):
        open_pool("https://127.0.0.1:4443/x", tmp_path / "gone.pem")
