"""A port of a container's own loopback that leads to tracking on the machine: what a job's container starts beside it.

    python3 -I forward.py PORT SOCKET

The local server listens on the machine's loopback, which a container does not reach; a mounted socket it does. Needs
nothing but the standard library of Python 3.7, since it runs with the image's.
"""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter

_READ_BYTES = 65536


async def copy(reader: StreamReader, writer: StreamWriter) -> None:
    """Pass bytes on until one end is gone."""
    try:
        while True:
            data = await reader.read(_READ_BYTES)
            if not data:
                break
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def _serve(port: int, path: str) -> None:
    async def connected(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(path)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2]))
