"""The server of a test's image, which behaves as ``BEHAVES`` says; in its container is the standard library alone."""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

HOW = os.environ.get("BEHAVES", "well")


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Keep the log to what the server itself says."""

    def do_GET(self) -> None:
        late = HOW == "late" and time.monotonic() - BEGAN < 2.2
        unready = self.path == "/ready" and (HOW == "unready" or late)
        dead = self.path == "/live" and HOW == "dead"
        self.answer(503 if unready else 500 if dead else 200, {})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model = Path(os.environ["AZUREML_MODEL_DIR"], "MLmodel").exists()
        if HOW == "mute" or not model:
            self.answer(422, {"error": "no such series"})
        else:
            self.answer(200, {"forecasts": [{"mean": [1.0]} for _ in asked["series"]]})

    def answer(self, status: int, document: object) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


BEGAN = time.monotonic()
sys.stderr.write(f"starting {HOW}\n")
if HOW == "exits":
    sys.exit(7)
if HOW == "eats":
    eaten = bytearray(400_000_000)
    eaten[::4096] = b"x" * len(eaten[::4096])
port = 9999 if HOW == "elsewhere" else 8080
HTTPServer(("0.0.0.0", port), Handler).serve_forever()
