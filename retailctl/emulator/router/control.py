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


def tell(writer: asyncio.StreamWriter, notice: Mapping[str, Any]) -> None:
    """The router's end: say what the owner did not ask for; a notice has no `id`."""
    writer.write(orjson.dumps(notice) + b"\n")


class Channel:
    """The owner's end; belongs to the running event loop."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_notice: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._on_notice = on_notice
        self._number = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def request(self, op: str, **arguments: Any) -> Any:
        """The operation's result. Raises ConnectionError when the other end is gone, ValueError with its error."""
        if self._reading.done():
            raise _ended()
        self._number += 1
        number = self._number
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(orjson.dumps({"id": number, "op": op, **arguments}) + b"\n")
            await self._writer.drain()
            answer = await answered
        finally:
            del self._waiting[number]
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["result"]

    async def ended(self) -> None:
        """Until the other end is gone and its last notice has been heard."""
        await asyncio.wait([self._reading])

    async def close(self) -> None:
        """Let go: the router ends."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
        await self.ended()

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await self._reader.readline():
                self._hear(orjson.loads(line))
        for answered in self._waiting.values():
            if not answered.done():
                answered.set_exception(_ended())

    def _hear(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            self._on_notice(message)
            return
        answered = self._waiting.get(message["id"])
        if answered is not None and not answered.done():  # else its request was cancelled
            answered.set_result(message)


def _ended() -> ConnectionError:
    return ConnectionResetError("the router has ended")
