"""A service that asks itself 600 times and ends: a program for tests of what becomes of its stderr.

Prints the statuses of the answers; how they were logged cannot matter to them.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
import threading

from serving import __main__ as entry
from serving.server import listen

REQUESTS = 600
"""Their lines are more than a pipe holds."""


def ask(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    statuses = set()
    for _ in range(REQUESTS):
        connection.request("GET", "/version")
        answer = connection.getresponse()
        answer.read()
        statuses.add(answer.status)
    sys.stdout.write(f"{statuses}\n")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGTERM)


def listen_and_ask(host: str, port: int, send_seconds: float) -> socket.socket:
    listener = listen(host, port, send_seconds)
    threading.Thread(target=ask, args=(listener.getsockname()[1],), daemon=True).start()
    return listener


if __name__ == "__main__":
    entry.listen = listen_and_ask  # type: ignore[attr-defined]
    sys.exit(entry.main(["--port", "0"]))
