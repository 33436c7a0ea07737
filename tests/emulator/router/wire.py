"""Talking to the router byte by byte, for what no ordinary client would send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from retailctl.emulator.router.client import RouterClient

LONGEST_S = 10.0


class Wire:
    """One raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, text: str, body: bytes = b"") -> None:
        """Lines (their ends become CRLF), then bytes as they are."""
        self.writer.write(text.replace("\n", "\r\n").encode("latin-1") + body)

    def request(self, first: str, *fields: str, body: bytes = b"") -> None:
        """A request with host and key."""
        lines = [f"{first} HTTP/1.1", "Host: localhost", "Authorization: Bearer first-key", *fields]
        self.send("\n".join(lines) + "\n\n", body)

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and header fields of the next answer."""
        text = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), LONGEST_S)
        first, *lines = text.decode("latin-1").strip().split("\r\n")
        pairs = [line.partition(": ") for line in lines]
        return int(first.split()[1]), {name.lower(): value for name, _, value in pairs}

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer with its body, however that is framed."""
        status, fields = await self.head()
        if fields.get("transfer-encoding") == "chunked":
            body = bytearray()
            while size := int(await self.reader.readline(), 16):
                body += await self.reader.readexactly(size)
                await self.reader.readexactly(2)
            await self.reader.readline()
            return status, fields, bytes(body)
        if "content-length" in fields:
            return status, fields, await self.reader.readexactly(int(fields["content-length"]))
        return status, fields, await self.end()

    async def end(self) -> bytes:
        """Everything up to the end of the connection; fails the test when it stays open."""
        return await asyncio.wait_for(self.reader.read(), LONGEST_S)

    async def closed(self) -> bool:
        """Whether the router has closed the connection, or does within the time a test may take."""
        try:
            return await self.end() == b""
        except ConnectionResetError:
            return True


@asynccontextmanager
async def wire(router: RouterClient) -> AsyncIterator[Wire]:
    """A connection for one test."""
    reader, writer = await asyncio.open_connection("127.0.0.1", router.port, limit=2**20)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
