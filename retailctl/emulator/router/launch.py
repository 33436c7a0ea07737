"""Starting the router as a child process that ends when its owner does."""

import asyncio
import os
import site
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from retailctl.emulator.router.control import LONGEST_LINE, Channel
from retailctl.emulator.router.limits import Limits


class RouterProcess:
    """One process and the channel to it."""

    def __init__(self, process: Process, channel: Channel) -> None:
        self.pid = process.pid
        self._process = process
        self._channel = channel

    @classmethod
    async def start(
        cls, log_folder: Path, limits: Limits, on_notice: Callable[[Mapping[str, Any]], None]
    ) -> "RouterProcess":
        """A process that answers on its channel and listens nowhere yet."""
        ours, theirs = socket.socketpair()
        # -P: the working folder is the user's, and may hold modules that are named like those used here.
        command = [sys.executable, "-P", "-m", "retailctl.emulator.router", "--control-fd", str(theirs.fileno())]
        command += ["--log-folder", str(log_folder), "--limits", orjson.dumps(asdict(limits)).decode()]
        log = os.open(log_folder / "router.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=log,
                env={**_inherited(), **_search_path()},
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C at the server's terminal is the server's to handle
            )
        except BaseException:
            ours.close()
            raise
        finally:
            os.close(log)
            theirs.close()
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=LONGEST_LINE)
        return cls(process, Channel(reader, writer, on_notice))

    async def request(self, op: str, **arguments: Any) -> Any:
        """One operation. Raises ConnectionError when the process has ended, ValueError with its refusal."""
        return await self._channel.request(op, **arguments)

    async def wait(self) -> None:
        """Until it has ended and all that it said was heard."""
        await self._process.wait()
        await self._channel.ended()

    async def end(self) -> None:
        """Close the channel, which ends it, and wait for that."""
        await self._channel.close()
        await self._process.wait()


def _inherited() -> dict[str, str]:
    """The server's environment without its limits for glibc's malloc: large bodies pass through here piece by piece."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}


def _search_path() -> dict[str, str]:
    """A checkout that was never installed is found by its folder, whatever the child's working folder is."""
    root = str(Path(__file__).parents[3])
    if root in site.getsitepackages():
        return {}
    inherited = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([root, inherited] if inherited else [root])}
