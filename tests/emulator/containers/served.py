"""An image of somebody else's: twenty lines of http.server on port 9000, with a fault where a variable asks for it.

EXIT=code ends at once; HOST is where to listen; LATE waits that long first; READY is the status of /ready;
EAT takes so many MiB at a POST, EAT_FIRST before it listens; STUBBORN ignores SIGTERM.
"""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        known = {"/live": 200, "/ready": int(os.environ.get("READY", "200"))}
        self.answer(known.get(self.path, 404), {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        held = b"x" * (int(os.environ.get("EAT", "0")) * 2**20)
        model = Path(os.environ.get("AZUREML_MODEL_DIR", "/nowhere"))
        found = {str(file.relative_to(model)): file.read_text() for file in model.rglob("*") if file.is_file()}
        self.answer(200, {"environ": dict(os.environ), "model": found, "uid": os.getuid(), "held": len(held)})

    def answer(self, status: int, document: dict) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


print("reading the settings", flush=True)  # noqa: T201
if "EXIT" in os.environ:
    sys.exit(int(os.environ["EXIT"]))
held = b"x" * (int(os.environ.get("EAT_FIRST", "0")) * 2**20)
signal.signal(signal.SIGTERM, signal.SIG_IGN if "STUBBORN" in os.environ else signal.SIG_DFL)
time.sleep(float(os.environ.get("LATE", "0")))
ThreadingHTTPServer((os.environ.get("HOST", "0.0.0.0"), 9000), Handler).serve_forever()
