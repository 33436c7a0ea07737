"""What a hostile or broken client can do to the server: nothing that another one notices."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from retailctl import emulator
from retailctl.emulator import LocalWorkspace, protocol
from retailctl.emulator.routes.call import MAX_BODY_BYTES
from tests.emulator import bodies
from tests.emulator.api import Api

SOURCES = Path(emulator.__file__).parent


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that waits a tenth of a second where it would wait for a minute."""
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    monkeypatch.setattr(protocol, "BODY_PAUSE_S", 0.1)


@pytest.fixture
def line(workspace: LocalWorkspace) -> Iterator[ssl.SSLSocket]:
    """A connection to the server without a client library in between."""
    host, _, port = workspace.url.removeprefix("https://").partition(":")
    trust = ssl.create_default_context(cafile=str(workspace.ca_bundle))
    with (
        socket.create_connection((host, int(port)), 30) as plain,
        trust.wrap_socket(plain, server_hostname=host) as made,
    ):
        yield made


def _is_cut(line: ssl.SSLSocket) -> bool:
    """Whether the server ends the connection, an answer before it or not."""
    try:
        while line.recv(65536):
            pass
    except (ConnectionError, ssl.SSLError):
        return True
    return True


def _head(workspace: LocalWorkspace, length: int) -> bytes:
    lines = ["PUT /_local/pace HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {workspace.token}"]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(line: ssl.SSLSocket, sent: bytes) -> None:
    line.sendall(sent)
    assert _is_cut(line)


@pytest.mark.usefixtures("impatient")
def test_a_body_that_does_not_come_ends_the_connection(line: ssl.SSLSocket, workspace: LocalWorkspace) -> None:
    line.sendall(_head(workspace, 100) + b"{")
    assert _is_cut(line)


def test_a_head_without_end_ends_the_connection(line: ssl.SSLSocket) -> None:
    with pytest.raises((ConnectionError, ssl.SSLError)):
        line.sendall(b"GET / HTTP/1.1\r\n" + b"X-More: and more\r\n" * 1_000_000)


def test_clients_that_hold_their_requests_back_hold_nobody_up(workspace: LocalWorkspace, api: Api) -> None:
    host, _, port = workspace.url.removeprefix("https://").partition(":")
    trust = ssl.create_default_context(cafile=str(workspace.ca_bundle))
    held = []
    try:
        for _ in range(50):
            held.append(trust.wrap_socket(socket.create_connection((host, int(port)), 30), server_hostname=host))
            held[-1].sendall(_head(workspace, 100) + b"{")
        assert api.call("GET", "/_local/status").status_code == 200
        assert api.arm("PUT", "/models/meanwhile", json={"properties": {}}).status_code == 201
    finally:
        for each in held:
            each.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/onlineEndpoints/large"),
        ("PUT", "/onlineEndpoints/large/deployments/blue"),
        ("PATCH", "/onlineEndpoints/large"),
        ("PUT", "/models/large"),
        ("PUT", "/models/large/versions/1"),
        ("PUT", "/environments/large/versions/1"),
        ("PUT", "/jobs/large"),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_above_the_limit_is_refused(api: Api, method: str, path: str, chunked: bool) -> None:
    api.arm("PUT", "/onlineEndpoints/large", json=bodies.endpoint())
    content = b'{"tags": {"a": "' + b"x" * MAX_BODY_BYTES + b'"}}'
    try:
        answer = api.arm(method, path, data=iter([content]) if chunked else content)
    except requests.ConnectionError:
        return  # cut while it was still sending, which is a refusal as well
    assert answer.status_code in {404, 413}


@pytest.mark.parametrize("path", ["/_local/faults", "/_local/pace", "/_local/chaos"])
def test_a_body_above_the_limit_is_refused_below_local(api: Api, path: str) -> None:
    method = "POST" if path == "/_local/faults" else "PUT"
    try:
        assert api.call(method, path, data=iter([b" " * (MAX_BODY_BYTES + 1)])).status_code == 413
    except requests.ConnectionError:
        return


def test_every_file_below_the_state_is_private(workspace: LocalWorkspace, api: Api, train: str) -> None:
    api.arm("GET", "/jobs")
    assert workspace.state.stat().st_mode & 0o077 == 0
    for name in ("connection.json", "state.sqlite", "tls"):
        assert (workspace.state / name).stat().st_mode & 0o077 == 0, name


def test_secrets_are_compared_in_constant_time() -> None:
    """Nothing named a token, key, secret, signature or digest is compared by `==` or `!=`."""
    secret = re.compile(
        r"\b(?:token|secret|signature|sig|digest|password)\b\s*[!=]=|[!=]=\s*\w*\b(?:token|secret|sig)\b"
    )
    found = [
        f"{file.relative_to(SOURCES)}: {text.strip()}"
        for file in SOURCES.rglob("*.py")
        for text in file.read_text().splitlines()
        if secret.search(text)
    ]
    assert found == []
