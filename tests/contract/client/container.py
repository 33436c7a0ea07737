"""A small image of its own kind: answers the probes, and says which slot answered and what it was sent.

With FAIL set it ends at once, saying why, as an image with a broken import does.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Three routes; the answer to /score has the status that the request asks for."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def do_GET(self) -> None:
        self._answer(200, {})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = {"slot": os.environ["SLOT"], "model_dir": os.environ["AZUREML_MODEL_DIR"], "asked": asked}
        say(f"scored {json.dumps(asked)}")
        self._answer(asked.get("status", 200), told)

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *parts: object) -> None: ...


def say(line: str) -> None:
    """A line of the container's log."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if os.environ.get("FAIL"):
        sys.exit("ImportError: no module named forecaster")
    say("listening")
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
