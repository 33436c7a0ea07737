"""What a slow, endless or crowding client can do to the server, over real sockets: nothing that another one notices."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from retailctl.emulator import LocalWorkspace, listener, protocol
from tests.contract.polling import until
from tests.emulator.api import Api

_BLOBS = "/local.blob.core.local/azureml-blobstore"
_MOST = 16


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that waits a tenth of a second where it would wait for a minute."""
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    monkeypatch.setattr(protocol, "BODY_PAUSE_S", 0.1)


@contextlib.contextmanager
def connected(workspace: LocalWorkspace, sent: bytes = b"") -> Iterator[ssl.SSLSocket]:
    """A connection to the server without a client library in between."""
    host, _, port = workspace.url.removeprefix("https://").partition(":")
    trust = ssl.create_default_context(cafile=workspace.connection["ca_certificate"])
    with (
        socket.create_connection((host, int(port)), 30) as plain,
        trust.wrap_socket(plain, server_hostname=host) as made,
    ):
        made.sendall(sent)
        yield made


@pytest.fixture
def line(workspace: LocalWorkspace) -> Iterator[ssl.SSLSocket]:
    """One for the test."""
    with connected(workspace) as made:
        yield made


def _is_cut(line: ssl.SSLSocket) -> bool:
    """Whether the server ends the connection, an answer before it or not."""
    try:
        while line.recv(65536):
            pass
    except (ConnectionError, ssl.SSLError):
        return True
    return True


def _head(workspace: LocalWorkspace, first: str, *fields: str) -> bytes:
    lines = [f"{first} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {workspace.token}", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


def _put(workspace: LocalWorkspace, length: int) -> bytes:
    return _head(workspace, "PUT /_local/pace", f"Content-Length: {length}")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(line: ssl.SSLSocket, sent: bytes) -> None:
    line.sendall(sent)
    assert _is_cut(line)


@pytest.mark.usefixtures("impatient")
def test_a_body_that_does_not_come_ends_the_connection(line: ssl.SSLSocket, workspace: LocalWorkspace) -> None:
    line.sendall(_put(workspace, 100) + b"{")
    assert _is_cut(line)


def test_a_head_without_end_ends_the_connection(line: ssl.SSLSocket) -> None:
    with pytest.raises((ConnectionError, ssl.SSLError)):
        line.sendall(b"GET / HTTP/1.1\r\n" + b"X-More: and more\r\n" * 1_000_000)


@pytest.mark.parametrize(("slowest", "arrives"), [(100_000, False), (1_000, True)])
def test_a_trickled_body_must_come_at_some_pace(
    monkeypatch: pytest.MonkeyPatch, line: ssl.SSLSocket, workspace: LocalWorkspace, slowest: int, arrives: bool
) -> None:
    """Three seconds of at most 4,000 bytes a second, never a pause, against the slowest pace that is allowed."""
    monkeypatch.setattr(protocol, "BODY_GRACE_S", 0.5)
    monkeypatch.setattr(protocol, "SLOWEST_BODY_BYTES_PER_S", slowest)
    line.sendall(_put(workspace, 60 * 200))
    answer = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        for _ in range(60):
            line.sendall(b" " * 200)
            threading.Event().wait(0.05)
        answer = line.recv(100)
    assert answer.startswith(b"HTTP/1.1 400") is arrives


def test_a_body_that_the_server_does_not_read_is_not_held_against_the_client(
    monkeypatch: pytest.MonkeyPatch, line: ssl.SSLSocket, workspace: LocalWorkspace
) -> None:
    monkeypatch.setattr(protocol, "BODY_GRACE_S", 0.1)
    workspace.faults.add("delay", delay_s=1, path="^/local.blob")
    line.sendall(_head(workspace, f"PUT {_BLOBS}/slow", "x-ms-blob-type: BlockBlob", "Content-Length: 1000000"))
    line.sendall(bytes(1_000_000))
    assert line.recv(100).startswith(b"HTTP/1.1 201")


def test_a_client_that_does_not_read_its_answer_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, line: ssl.SSLSocket, workspace: LocalWorkspace, api: Api
) -> None:
    monkeypatch.setattr(protocol, "WRITE_STALL_S", 0.2)
    size = 50_000_000
    api.call("PUT", f"{_BLOBS}/large", data=bytes(size), headers={"x-ms-blob-type": "BlockBlob"})
    line.sendall(_head(workspace, f"GET {_BLOBS}/large"))
    threading.Event().wait(1.5)
    received = 0
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := line.recv(1_000_000):
            received += len(data)
    assert 0 < received < size


def test_clients_that_hold_their_requests_back_hold_nobody_up(workspace: LocalWorkspace, api: Api) -> None:
    with ExitStack() as held:
        for _ in range(50):
            held.enter_context(connected(workspace, _put(workspace, 100) + b"{"))
        assert api.call("GET", "/_local/status").status_code == 200
        assert api.arm("PUT", "/models/meanwhile", json={"properties": {}}).status_code == 201


@pytest.mark.parametrize("sent", [b"", b"GET / HT"])
def test_connections_that_wait_make_room_for_new_ones(
    monkeypatch: pytest.MonkeyPatch, workspace: LocalWorkspace, sent: bytes
) -> None:
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", _MOST)
    with ExitStack() as held:
        waiting = [held.enter_context(connected(workspace, sent)) for _ in range(2 * _MOST)]
        assert Api.of(workspace).call("GET", "/_local/status").status_code == 200
        assert all(_is_cut(each) for each in waiting[: _MOST - 1])


def test_503_when_every_connection_has_a_request(monkeypatch: pytest.MonkeyPatch, workspace: LocalWorkspace) -> None:
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", _MOST)
    with ExitStack() as held:
        for _ in range(_MOST):
            held.enter_context(connected(workspace, _put(workspace, 2) + b"{"))
        refused = Api.of(workspace).call("GET", "/_local/status")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "TooManyConnections")
        assert (refused.headers["Retry-After"], refused.headers["Connection"]) == ("1", "close")
        crowd = [held.enter_context(connected(workspace)) for _ in range(_MOST)]
        assert any(_is_cut(each) for each in crowd[-2:])
    until(lambda: _status(workspace) == 200)


def _status(workspace: LocalWorkspace) -> int | None:
    try:
        return Api.of(workspace).call("GET", "/_local/status").status_code
    except requests.ConnectionError:
        return None


def test_connections_without_a_handshake_make_room_for_those_with_one(
    monkeypatch: pytest.MonkeyPatch, workspace: LocalWorkspace
) -> None:
    monkeypatch.setattr(listener, "MOST_HANDSHAKES", _MOST)
    host, _, port = workspace.url.removeprefix("https://").partition(":")
    with ExitStack() as held:
        silent = [held.enter_context(socket.create_connection((host, int(port)), 30)) for _ in range(5 * _MOST)]
        assert all(each.recv(100) == b"" for each in silent[: 4 * _MOST])
        assert _status(workspace) == 200
        silent[-1].setblocking(False)
        with pytest.raises(BlockingIOError):
            silent[-1].recv(100)
