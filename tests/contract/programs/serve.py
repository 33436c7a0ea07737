"""A model server in miniature: answers with the name of its deployment and what its model folder holds.

SLOT names it; CRASH makes it end at once, with a last word; NEVER_READY keeps it from becoming ready.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def model_files() -> list[str]:
    folder = Path(os.environ.get("AZUREML_MODEL_DIR", "/nonexistent"))
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        ready = self.path != "/ready" or "NEVER_READY" not in os.environ
        self._answer(200 if ready else 503, {})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = 400 if asked.get("bad") else 200
        self._answer(status, {"slot": os.environ.get("SLOT"), "files": model_files(), "asked": asked})

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        sys.stderr.write("served a request\n")


def main() -> None:
    sys.stdout.write("loading the model\n")
    if "CRASH" in os.environ:
        sys.exit("the model cannot be loaded")
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


main()
