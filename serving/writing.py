"""The head of an answer goes out with its body: one call of the kernel, one packet, and the client wakes once."""

from __future__ import annotations

import asyncio

_HEAD, _CONTINUE = b"HTTP/1.1 ", b"HTTP/1.1 100 "


class HeadWithBody:
    """A connection's transport as uvicorn's request cycles use it, one after the other."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self.is_closing = transport.is_closing

    def write(self, data: bytes | memoryview) -> None:
        """uvicorn writes a head, except that of "100 Continue", in one piece, and then the body."""
        if self._head:
            self._transport.writelines((self._head, data))
            self._head = b""
        elif data[: len(_HEAD)] == _HEAD and data[: len(_CONTINUE)] != _CONTINUE:
            self._head = bytes(data)
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Once an answer is complete: it may have no body."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        self.flush()
        self._transport.close()
