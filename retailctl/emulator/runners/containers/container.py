"""One container from its creation to its removal: its output copied into a file of ours, its end told in words."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retailctl.emulator.runners.containers.engine import Client, EngineError, NotThere, guarded
from retailctl.emulator.runners.containers.images import ContainerImage
from retailctl.emulator.runners.leash import LogFile
from retailctl.emulator.runners.running import StartFailed

_log = logging.getLogger(__name__)

_END_S = 15.0
"""How long a killed container may take to end before the engine is thought to hang."""
_BY_SIGNAL = 128
_LOST = 255
# The engine's own copy of the output is read at once, and kept small.
_ENGINE_LOG = {"type": "json-file", "config": {"max-size": "16m", "max-file": "2"}}


@dataclass(frozen=True, slots=True)
class End:
    """How a container ended; `problem` is set when the engine could not say."""

    code: int
    out_of_memory: bool = False
    problem: str = ""

    @property
    def is_abrupt(self) -> bool:
        """Whether the program had no say in it, and so could not log why."""
        return self.out_of_memory or bool(self.problem)

    @property
    def words(self) -> str:
        """To follow "the container": with the exit code, and what the platform calls it."""
        if self.problem:
            return f"was lost: {self.problem}"
        if self.out_of_memory:
            return f"passed its memory limit and was killed (OOMKilled, exit code {self.code})"
        return f"exited with code {self.code}" + _signal_of(self.code)


def _signal_of(code: int) -> str:
    with contextlib.suppress(ValueError):
        return f" ({signal.Signals(code - _BY_SIGNAL).name})" if code > _BY_SIGNAL else ""
    return ""


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
        except EngineError as error:
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


async def run(
    image: ContainerImage, log_file: Path, max_log_bytes: int, *, serves: bool, **options: Any
) -> RunningContainer:
    """Create a container with `options` (as for docker.containers.create) and start it.

    What `serves` is not meant to end: that it did is said in the log.

    Raises StartFailed with the engine's reason. When cancelled, nothing of it is left.
    """
    await image.engine.owner.watch()
    starting = asyncio.create_task(_run(image, options))
    try:
        attributes = await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(StartFailed, EngineError):
            container = (await starting)["Id"]
            await image.engine.call(lambda client: remove(client, container))
        raise
    return RunningContainer(image, attributes, log_file, max_log_bytes, serves)


async def _run(image: ContainerImage, options: dict[str, Any]) -> Mapping[str, Any]:
    engine = image.engine
    labels = {**engine.owner.labels, **options.pop("labels", {})}
    common = {"labels": labels, "init": True, "detach": True, "log_config": _ENGINE_LOG}
    secure = {"security_opt": ["no-new-privileges"], "healthcheck": {"test": ["NONE"]}}
    try:
        return await engine.call(lambda client: _start(client, image.id, {**common, **secure, **options}))
    except EngineError as error:
        raise StartFailed(f"the container of {image.reference} cannot be started: {error}") from error


def _start(client: Client, image: str, options: dict[str, Any]) -> Mapping[str, Any]:
    container = client.containers.create(image, **options)
    try:
        container.start()
        container.reload()
    except BaseException:
        remove(client, container.id)
        raise
    attributes: Mapping[str, Any] = container.attrs
    return attributes


def remove(client: Client, container: str) -> None:
    """Remove a container whatever its state; that it is gone or going is what was wanted. Raises EngineError."""
    try:
        guarded(lambda asked: asked.api.remove_container(container, force=True, v=True), client)
    except NotThere:
        return
    except EngineError as error:
        if "already in progress" not in str(error):
            raise


def _visible(pid: int, container: str) -> int | None:
    """The container's first process, where it is one of this machine's and not of a virtual machine's."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return None
    return pid if container in groups else None
