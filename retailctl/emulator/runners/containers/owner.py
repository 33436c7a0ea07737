"""Whose containers are whose: labels that name the server and its state folder, and the keeper that outlives it."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

STATE_LABEL = "io.retailctl.state"
SERVER_LABEL = "io.retailctl.server"
_KEEPER = Path(__file__).with_name("keeper.py")


@dataclass(slots=True)
class Owner:
    """One run of a server on one state folder; `marker` is a file that is there while it may have containers."""

    state: Path
    marker: Path
    server: str = field(default_factory=lambda: uuid4().hex)
    _keeper: Process | None = None
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def labels(self) -> Mapping[str, str]:
        """What every container of this server carries."""
        return {STATE_LABEL: str(self.state), SERVER_LABEL: self.server}

    @property
    def state_filter(self) -> str:
        """What the containers of all servers of the folder have in common."""
        return f"{STATE_LABEL}={self.state}"

    async def watch(self) -> None:
        """See to it that a keeper waits for this server's end; call it before a container is made."""
        async with self._starting:
            self.marker.touch(mode=0o600)
            if self._keeper is None or self._keeper.returncode is not None:
                self._keeper = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",  # its folder holds modules of ours, whose names are not to hide others
                    str(_KEEPER),
                    f"{SERVER_LABEL}={self.server}",
                    stdin=PIPE,
                    start_new_session=True,  # Ctrl-C at the server's terminal must not reach it
                )

    async def dismiss(self, *, clean: bool) -> None:
        """The server ends; unless it is `clean`, the keeper removes what is left and ends by itself."""
        if clean:
            self.marker.unlink(missing_ok=True)
        keeper, self._keeper = self._keeper, None
        if keeper is None or keeper.returncode is not None:
            return
        assert keeper.stdin is not None
        if clean:
            keeper.stdin.write(b"done")
        keeper.stdin.close()
        if clean:
            await keeper.wait()
