"""A listening socket that keeps count of the connections that have not finished their TLS handshake.

Until then they are nobody's: the limits of the server begin with the first byte that it can read. So of more than 128
the oldest is ended, which an honest client, whose handshake takes milliseconds, is not.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

MOST_HANDSHAKES = 128


class Listener(socket.socket):
    """Bound and listened on like any other."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._shaking_hands: dict[int, socket.socket] = {}

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection; too many before it make room."""
        connection, address = super().accept()
        self.finished(connection.fileno())  # of a former connection with this number
        self._shaking_hands[connection.fileno()] = connection
        if len(self._shaking_hands) > MOST_HANDSHAKES:
            self._make_room()
        return connection, address

    def finished(self, number: int) -> None:
        """The connection of this file number has finished its handshake."""
        self._shaking_hands.pop(number, None)

    def _make_room(self) -> None:
        for number, connection in list(self._shaking_hands.items()):
            if connection.fileno() == -1:  # closed meanwhile
                del self._shaking_hands[number]
        while len(self._shaking_hands) > MOST_HANDSHAKES:
            oldest = self._shaking_hands.pop(next(iter(self._shaking_hands)))
            with suppress(OSError):
                oldest.shutdown(socket.SHUT_RDWR)
