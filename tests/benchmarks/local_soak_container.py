"""What the soak's slots run: answers every request by the slot's name, after a line in the container's log.

    python local_soak_container.py PORT

CRASH ends it at once, with a last word; a request that says `end` ends it as well.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_LINE = "scored a request " + "." * 200 + "\n"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The probes."""
        self._answer({})

    def do_POST(self) -> None:
        """A score."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked.get("end"):
            os._exit(7)
        self._answer({"slot": os.environ.get("SLOT")})
        sys.stdout.write(_LINE)
        sys.stdout.flush()

    def _answer(self, document: object) -> None:
        body = json.dumps(document).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)


if __name__ == "__main__":
    if "CRASH" in os.environ:
        sys.exit("the model cannot be loaded")
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
