"""A road to a registry that breaks: connections are cut once so many bytes went up, as often as a test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Road:
    """Passes bytes between whoever connects and the registry."""

    def __init__(self, registry: str, cuts: int, after_bytes: int) -> None:
        self.host = ""
        self.cut = 0
        """How many connections were cut so far."""
        name, _, port = registry.partition(":")
        self._registry = (name, int(port))
        self._cuts = cuts
        self._after_bytes = after_bytes

    def carry(self, near: socket.socket) -> None:
        """Serve one connection to its end."""
        with near, socket.create_connection(self._registry) as far:
            back = threading.Thread(target=_pass, args=(far, near), daemon=True)
            back.start()
            passed = 0
            with suppress(OSError):
                while chunk := near.recv(65536):
                    passed += len(chunk)
                    if passed > self._after_bytes and self.cut < self._cuts:
                        self.cut += 1
                        return
                    far.sendall(chunk)
            back.join(5)


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)


@contextmanager
def flaky_road(registry: str, *, cuts: int, after_bytes: int) -> Iterator[Road]:
    """A road to ``registry``; its first ``cuts`` uploads of more than ``after_bytes`` are cut. ``host`` leads to it."""
    road = Road(registry, cuts, after_bytes)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        road.host = f"127.0.0.1:{listener.getsockname()[1]}"

        def listen() -> None:
            with suppress(OSError):
                while True:
                    near, _ = listener.accept()
                    threading.Thread(target=road.carry, args=(near,), daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        yield road
