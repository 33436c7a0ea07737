"""A container's stand-in for the tests: a small HTTP server whose behaviour is set by environment variables.

CRASH=code exits at once; CRASH_FILE exits once and removes the file; NEVER_READY answers /ready with 503; READY_FILE
and LIVE_FILE answer 200 only while the file exists; FIRST_PORT_TAKEN, a file, plays a lost race for the port once.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        self.send_response(200 if self._good() else 503)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def _good(self) -> bool:
        if self.path == "/ready":
            return "NEVER_READY" not in os.environ and _exists("READY_FILE")
        return self.path != "/live" or _exists("LIVE_FILE")

    def log_message(self, *args: object) -> None:
        pass


def _exists(name: str) -> bool:
    return name not in os.environ or Path(os.environ[name]).exists()


def _once(name: str) -> bool:
    file = Path(os.environ.get(name, "/nonexistent"))
    there = file.exists()
    file.unlink(missing_ok=True)
    return there


def main() -> None:
    sys.stdout.write(f"model folder: {os.environ.get('AZUREML_MODEL_DIR')}\n")
    if "CRASH" in os.environ:
        sys.stdout.write("cannot load the model\n")
        sys.exit(int(os.environ["CRASH"]))
    if _once("CRASH_FILE"):
        sys.exit(7)
    if _once("FIRST_PORT_TAKEN"):
        sys.exit("OSError: [Errno 98] Address already in use")
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


main()
