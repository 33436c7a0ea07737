"""What a web server costs that does nothing else: Starlette, uvicorn, TLS, SQLite with every write synced.

    python tests/benchmarks/local_peer.py PORT CERTIFICATE KEY DATABASE

`/items/NAME` keeps and gives back JSON documents, `/items` the last hundred of them.
"""

from __future__ import annotations

import http.client
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_START_S = 30.0
_POLL_S = 0.002
_TABLE = "CREATE TABLE items (sequence INTEGER PRIMARY KEY, name TEXT UNIQUE, body TEXT NOT NULL)"
_PUT = "INSERT INTO items (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body"


class Items:
    """The documents; also the floor of what reading and writing one costs."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(_TABLE)

    def get(self, name: str) -> Any:
        """One document."""
        row = self._connection.execute("SELECT body FROM items WHERE name = ?", (name,)).fetchone()
        return orjson.loads(row[0])

    def put(self, name: str, document: Any) -> None:
        """Keep one; it is on the disk when this returns."""
        self._connection.execute(_PUT, (name, orjson.dumps(document).decode()))

    def last(self) -> list[Any]:
        """The hundred that came last."""
        rows = self._connection.execute("SELECT body FROM items ORDER BY sequence DESC LIMIT 100").fetchall()
        return [orjson.loads(row[0]) for row in rows]


def application(items: Items) -> Starlette:
    """The routes."""

    async def one(request: Request) -> Response:
        return _answer(items.get(request.path_params["name"]))

    async def several(_request: Request) -> Response:
        return _answer({"value": items.last()})

    async def keep(request: Request) -> Response:
        document = orjson.loads(await request.body())
        items.put(request.path_params["name"], document)
        return _answer(document)

    routes = [Route("/items", several), Route("/items/{name}", one), Route("/items/{name}", keep, methods=["PUT"])]
    return Starlette(routes=routes)


def _answer(document: Any) -> Response:
    return Response(orjson.dumps(document), media_type="application/json")


@contextmanager
def bare_server(port: int, tls: Path, database: Path) -> Iterator[psutil.Process]:
    """The server as a process of its own, from its first answer on; `tls` holds a certificate and its authority's."""
    files = [str(tls / "server.pem"), str(tls / "server.key"), str(database)]
    process = subprocess.Popen([sys.executable, __file__, str(port), *files])
    try:
        await_answer(port, tls / "ca.pem", "/items", {})
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def await_answer(port: int, authority: Path, path: str, headers: dict[str, str]) -> None:
    """Return with the first 200 to a GET over TLS."""
    context = ssl.create_default_context(cafile=str(authority))
    until = time.monotonic() + _START_S
    while True:
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=_START_S)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
        except ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(_POLL_S)
            continue
        finally:
            connection.close()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {content.decode(errors='replace')}")
        return


def main(port: str, certificate: str, key: str, database: str) -> None:
    """Serve until SIGTERM."""
    uvicorn.run(
        application(Items(Path(database))),
        host="127.0.0.1",
        port=int(port),
        loop="asyncio",
        http="httptools",
        access_log=False,
        log_level="warning",
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
