"""The control channel: JSON lines over a socket that only the owner has, one answer a request.

The socket is one end of a pair, inherited at start: no file that others could open, no limit on a path's length, and
its end is the end of the owner, however that came about.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson

LONGEST_LINE = 256 * 2**20
Operations = Mapping[str, Callable[..., Any]]


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, operations: Operations) -> None:
    """The router's end: answer `{"id", "op", ...arguments}` by `{"id", "result"}` or `{"id", "error"}` to the end."""
    while line := await reader.readline():
        arguments = orjson.loads(line)
        number, operation = arguments.pop("id"), operations[arguments.pop("op")]
        try:
            result = operation(**arguments)
            answer = {"id": number, "result": await result if asyncio.iscoroutine(result) else result}
        except (KeyError, TypeError, ValueError, OSError) as error:
            answer = {"id": number, "error": f"{type(error).__name__}: {error}"}
        writer.write(orjson.dumps(answer) + b"\n")
        await writer.drain()


class Channel:
    """The owner's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()
        self._number = 0

    async def request(self, op: str, **arguments: Any) -> Any:
        """The operation's result. Raises ConnectionError when the other end is gone, ValueError with its error."""
        async with self._turn:
            self._number += 1
            self._writer.write(orjson.dumps({"id": self._number, "op": op, **arguments}) + b"\n")
            await self._writer.drain()
            answer = {"id": 0}
            while answer["id"] != self._number:  # an earlier request may have been cancelled before its answer
                line = await self._reader.readline()
                if not line:
                    raise ConnectionResetError("the router has ended")
                answer = orjson.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["result"]

    async def close(self) -> None:
        """Let go: the router ends."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
