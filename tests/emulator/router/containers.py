"""Containers for the router's tests: real sockets, with everything that goes wrong in one under the test's control."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass
class Received:
    """A request as the container saw it."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a field, None without one; fails the test when it came twice."""
        values = [value for key, value in self.headers if key == name]
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None


Answer = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Container:
    """Answers every request by `answer`; `answer_head` sees a request before its body has come."""

    name: str = "blue"
    requests: list[Received] = field(default_factory=list)
    connections: int = 0  # ever made
    hang_ups: int = 0  # connections that ended in the middle of a request or of an answer
    on_head: Answer | None = None
    answer: Answer | None = None
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Stop listening and cut every connection."""
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Close every connection."""
        for writer in list(self.writers):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        try:
            while head := await _read_head(reader):
                await self._answer(head, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.hang_ups += 1
        finally:
            self.writers.discard(writer)
            writer.close()

    async def _answer(self, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.on_head:
            await self.on_head(request, writer)
        request.body = await _read_body(request, reader)
        self.requests.append(request)
        if self.answer:
            gone = asyncio.create_task(reader.read(1))
            answering = asyncio.ensure_future(self.answer(request, writer))
            await asyncio.wait([gone, answering], return_when=asyncio.FIRST_COMPLETED)
            hung_up = not answering.done()
            (answering if hung_up else gone).cancel()
            await asyncio.wait([gone, answering])
            if hung_up:
                raise ConnectionResetError
            answering.result()
        else:
            writer.write(OK)
        await writer.drain()


async def _read_head(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ")
    fields = [line.partition(": ") for line in lines]
    return Received(method, path, [(name.lower(), value) for name, _, value in fields])


async def _read_body(request: Received, reader: asyncio.StreamReader) -> bytes:
    if request.header("transfer-encoding") != "chunked":
        return await reader.readexactly(int(request.header("content-length") or 0))
    body = bytearray()
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readline()
    return bytes(body)


def answering(status: int, body: bytes = b"", *fields: str) -> Answer:
    """An answer of a fixed status and body."""

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        lines = "".join(f"{line}\r\n" for line in fields)
        writer.write(f"HTTP/1.1 {status} X\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body)

    return answer


class Flood:
    """An answer of 100 MB, as fast as it is taken."""

    written = 0
    """Bytes of it so far."""

    async def __call__(self, _: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
        for _ in range(1000):
            writer.write(bytes(100_000))
            await writer.drain()
            self.written += 100_000


def after(released: asyncio.Event) -> Answer:
    """An answer that waits for the test."""

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        writer.write(OK)

    return answer


async def never(_: Received, __: asyncio.StreamWriter) -> None:
    """No answer."""
    await asyncio.Event().wait()
