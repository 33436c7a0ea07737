"""An engine's address at which a script answers: for what no real engine can be brought to do on purpose."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Event = dict[str, Any]


class _Engine(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stream: Sequence[Event] = ()
    ends: bool = True

    def log_message(self, *words: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        told: object = {"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "20.10"}
        if "/images/json" in self.path:
            told = []
        elif "/images/" in self.path:
            self._answer(404, {"message": "No such image"})
            return
        self._answer(200, told)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "/build" not in self.path and "/push" not in self.path:
            self._answer(201, {})
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in self.stream:
            line = json.dumps(event).encode() + b"\r\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        if self.ends:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def _answer(self, status: int, document: object) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def engine_that_tells(stream: Sequence[Event], *, ends: bool = True) -> Iterator[str]:
    """The address of an engine whose builds and pushes tell ``stream``; without ``ends`` it dies in the middle."""
    handler = type("Engine", (_Engine,), {"stream": stream, "ends": ends})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"tcp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
