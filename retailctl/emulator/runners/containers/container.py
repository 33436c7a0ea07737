"""One running container: its output copied into a file of ours, its end told in words, its removal."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from retailctl.emulator.runners.containers.ending import End
from retailctl.emulator.runners.containers.engine import EngineError, guarded
from retailctl.emulator.runners.containers.images import ContainerImage
from retailctl.emulator.runners.containers.removal import remove
from retailctl.emulator.runners.leash import LogFile

_log = logging.getLogger(__name__)

_END_S = 15.0
"""How long a killed container may take to end before the engine is thought to hang."""
_LOST = 255


class RunningContainer:
    """A started container; a `Running`. When it ends it is removed, with its unnamed volumes."""

    def __init__(
        self, image: ContainerImage, attributes: Mapping[str, Any], log_file: Path, max_log_bytes: int, serves: bool
    ) -> None:
        container = str(attributes["Id"])
        self.log_file = log_file
        self.root_pid = _visible(attributes["State"]["Pid"], container)
        self.returncode: int | None = None
        self.out_of_memory = False
        self.ending = "is running"
        self.ports: Mapping[str, Any] = attributes["NetworkSettings"]["Ports"] or {}
        self._image = image
        self._id = container
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._stopping = False
        self._serves = serves
        output = LogFile(str(log_file), max_log_bytes)
        # A thread that nothing waits for: it reads for as long as the container runs, and longer if the engine hangs.
        threading.Thread(target=self._follow, args=[output], name=f"container-{container[:12]}", daemon=True).start()

    async def wait(self) -> int:
        """The exit code, once the container has ended and is removed."""
        return await asyncio.shield(self._ended)

    async def stop(self, grace_s: float = 10.0) -> int:
        """The image's signal to stop, SIGKILL after `grace_s` seconds; the exit code."""
        self._stopping = True
        if not self._ended.done() and grace_s > 0:
            await self._signal(self._image.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait(), grace_s)
        if not self._ended.done():
            await self._signal("SIGKILL")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait(), _END_S)
        if not self._ended.done():
            self._finish(End(_LOST, problem="the Docker engine does not end it"))
        return await self.wait()

    async def _signal(self, name: str) -> None:
        try:
            await self._image.engine.call(lambda client: client.api.kill(self._id, name))
        except EngineError as error:
            if not self._ended.done():
                _log.info("Container %s takes no %s: %s", self._id[:12], name, error)

    def _follow(self, output: LogFile) -> None:
        """In a thread: copy the output until the container ends, learn how it ended, remove it."""
        try:
            end = guarded(self._copy_to_the_end, output)
        except Exception as error:  # whatever it is, whoever waits must hear of an end
            end = End(_LOST, problem=str(error))
        if not self._stopping and (self._serves or end.is_abrupt):
            output.write(f"The container {end.words}.\n".encode())
        with contextlib.suppress(EngineError):  # then the keeper does it, or the next start
            remove(self._image.engine.client, self._id)
        output.close()
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it whoever would want to know
            self._loop.call_soon_threadsafe(self._finish, end)

    def _copy_to_the_end(self, output: LogFile) -> End:
        api = self._image.engine.client.api
        for chunk in api.logs(self._id, stdout=True, stderr=True, stream=True, follow=True):
            output.write(chunk)
        code = int(api.wait(self._id, timeout=_END_S)["StatusCode"])
        state = api.inspect_container(self._id)["State"]
        return End(code, bool(state.get("OOMKilled")), str(state.get("Error") or ""))

    def _finish(self, end: End) -> None:
        if not self._ended.done():
            self.returncode, self.out_of_memory, self.ending = end.code, end.out_of_memory, end.words
            self._ended.set_result(end.code)


def _visible(pid: int, container: str) -> int | None:
    """The container's first process, where it is one of this machine's and not of a virtual machine's."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return None
    return pid if container in groups else None
