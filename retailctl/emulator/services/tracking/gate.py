"""The way from a job's container to tracking: a mounted folder with a socket that leads to this server's own port.

Inside, `forward.py` puts the socket where the server is on the machine, at the same port of 127.0.0.1, so that address,
certificate, token and Host header are the same inside and outside. (The database itself is not mounted: an image brings
an MLflow of its own, and releases of MLflow do not read each other's tables.)
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
from asyncio import Server, StreamReader, StreamWriter
from pathlib import Path
from urllib.parse import urlsplit

from retailctl.emulator.runners.job import Mount
from retailctl.emulator.services.tracking.forward import copy
from retailctl.emulator.services.tracking.places import TrackingPlaces

_INSIDE = "/mnt/azureml/cr/tracking"
_SOCKET, _AUTHORITY, _FORWARD = "tracking", "ca.pem", "forward.py"
CERTIFICATE_INSIDE = f"{_INSIDE}/{_AUTHORITY}"
"""Where a container finds the certificate to verify the server with."""


class Gate:
    """The socket, open from the first container on."""

    def __init__(self, places: TrackingPlaces, url: str, authority: Path) -> None:
        self._places = places
        self._port = urlsplit(url).port or 443
        self._authority = authority
        self._server: Server | None = None

    async def open(self) -> Mount:
        """What a container mounts. Raises OSError, UnusableState."""
        folder = self._places.gate
        if self._server is None:
            self._places.prepare()
            shutil.copyfile(self._authority, folder / _AUTHORITY)
            shutil.copyfile(Path(__file__).with_name(_FORWARD), folder / _FORWARD)
            (folder / _SOCKET).unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._connected, folder / _SOCKET)
        return Mount(folder, _INSIDE, read_only=True)

    def command(self, command: str) -> str:
        """A container's command, with the way to tracking beside it where the image has Python."""
        # In a shell of its own, so that `wait` in the command does not wait for it.
        forward = shlex.join(["-I", f"{_INSIDE}/{_FORWARD}", str(self._port), f"{_INSIDE}/{_SOCKET}"])
        find = "retailctl_python=$(command -v python3 || command -v python)"
        return f'( {find} && "$retailctl_python" {forward} >/dev/null 2>&1 & )\n{command}'

    async def close(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            near_reader, near_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, near_writer), copy(near_reader, writer))
