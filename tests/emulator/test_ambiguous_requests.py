"""What could be read in two ways gets no further than the server's parser, and nobody elsewhere gets so far."""

from __future__ import annotations

import socket
import ssl

import psutil
import pytest

from retailctl.emulator import LocalWorkspace
from tests.emulator import bodies
from tests.emulator.api import Api

_START = "PUT /_local/pace HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
_SMUGGLED = "DELETE /_local/chaos HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"

AMBIGUOUS = {
    "length, then chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks, then length": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "a coding that is none": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a folded line": "X: a\r\n Content-Length: 5\r\n\r\n",
    "a bare line feed": "X: a\nContent-Length: 5\r\n\r\n",
    "a space before the colon": "Content-Length : 5\r\n\r\nabcde",
    "a chunk longer than its size": "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    "two hosts": "Host: localhost\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_request_that_could_be_read_in_two_ways_is_refused(workspace: LocalWorkspace, name: str) -> None:
    host, _, port = workspace.url.removeprefix("https://").partition(":")
    trust = ssl.create_default_context(cafile=workspace.connection["ca_certificate"])
    text = (_START + AMBIGUOUS[name] + (_SMUGGLED if name != "two hosts" else "")).format(token=workspace.token)
    with (
        socket.create_connection((host, int(port)), 30) as plain,
        trust.wrap_socket(plain, server_hostname=host) as line,
    ):
        line.sendall(text.encode())
        answer = line.recv(65536)
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"HTTP/1.1 204" not in answer


def test_everything_listens_on_loopback_alone(workspace: LocalWorkspace, api: Api, infer: str) -> None:
    """The server is a thread of this process; router and slots are its children."""
    api.done(api.arm("PUT", "/onlineEndpoints/near", json=bodies.endpoint()))
    api.done(api.arm("PUT", "/onlineEndpoints/near/deployments/blue", json=bodies.deployment(infer)))
    router = api.arm("GET", "/onlineEndpoints/near").json()["properties"]["scoringUri"]
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    listening = {
        (each.laddr.ip, each.laddr.port)
        for process in processes
        for each in process.net_connections(kind="inet")
        if each.status == psutil.CONN_LISTEN
    }
    assert {ip for ip, _ in listening} == {"127.0.0.1"}
    ports = {port for _, port in listening}
    assert {int(address.split(":")[2].split("/")[0]) for address in (workspace.url, router)} <= ports
