"""HTTP as bytes on a socket: what a client library would not send."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import socket
from collections.abc import Iterator
from types import SimpleNamespace

from tests.serving.process import PATIENCE_SECONDS, Answer, Service

ONE = {"series": [{"store_id": "north_1", "item_id": "GROCERY_001"}]}


def many(entries: int) -> dict[str, object]:
    """A request of so many entries, all of one series."""
    return {"series": [{"store_id": "north_1", "item_id": "GROCERY_001", "id": place} for place in range(entries)]}


def request(body: object, *headers: str) -> bytes:
    """POST /score as it goes over the wire."""
    content = json.dumps(body).encode()
    lines = ["POST /score HTTP/1.1", "host: x", "content-type: application/json", f"content-length: {len(content)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + content


@contextlib.contextmanager
def connected(service: Service, receive_bytes: int | None = None) -> Iterator[socket.socket]:
    """A connection; ``receive_bytes``: how much the kernel takes for a client that does not read."""
    with socket.socket() as connection:
        if receive_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(("127.0.0.1", service.port))
        yield connection


def answered(connection: socket.socket) -> Answer:
    """The next answer on a connection that carries one at a time."""
    return next(answers(connection))


def answers(connection: socket.socket) -> Iterator[Answer]:
    """One answer after the other, however many of them a single read brings."""
    file = _KeptOpen(connection.makefile("rb", buffering=0))
    while True:
        response = http.client.HTTPResponse(SimpleNamespace(makefile=lambda _: file))  # type: ignore[arg-type]
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        yield Answer(response.status, headers, response.read())


class _KeptOpen(io.BufferedReader):
    def close(self) -> None:
        """The response that has been read asks for it, but another one follows."""


def closed(connection: socket.socket) -> bool:
    """Whether the service ends the connection without another byte."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def metric(service: Service, name: str) -> float:
    """The value of one sample, named with its labels."""
    lines = service.get("/metrics").body.decode().splitlines()
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + " ")), 0.0)
