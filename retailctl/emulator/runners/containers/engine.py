"""The Docker engine: reached where Docker's own clients look for it, called off the event loop, with one kind of error.

The engine must be one of this machine, since it mounts folders of this machine. Every call is made in a thread of a
small pool and has a time limit, so that an engine that hangs holds up what waits for it and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from retailctl.emulator.runners.containers.owner import Owner

Result = TypeVar("Result")
Client = Any
"""docker.DockerClient, which has no types of its own."""

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
_HELLO_S = 10.0  # an engine that commits a large image takes seconds for anything
_CALL_S = 30.0
_THREADS = 8
_LONGEST_REASON = 400


class EngineError(Exception):
    """The engine does not answer, or refuses; the message is its reason on one line."""


class NotThere(EngineError):
    """What was asked for is not in the engine."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that has answered."""

    client: Client
    version: str
    cpus: int
    rootless: bool
    owner: Owner
    _pool: ThreadPoolExecutor

    async def call(self, work: Callable[[Client], Result]) -> Result:
        """The result of `work(client)`, done in a thread. Raises EngineError."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, guarded, work, self.client)

    async def call_without_limit(self, work: Callable[[Client], Result]) -> Result:
        """The same for what may take minutes, in a thread that the server's end does not wait for."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Result] = loop.create_future()

        def do() -> None:
            settle: Callable[[], None]
            try:
                settle = partial(ended.set_result, guarded(work, self.client))
            except EngineError as error:
                settle = partial(ended.set_exception, error)
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(lambda: None if ended.done() else settle())

        threading.Thread(target=do, name="docker-long", daemon=True).start()
        return await ended

    def close(self) -> None:
        """Let go of the threads; a call that hangs ends with its time limit."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def connect(owner: Owner) -> Engine:
    """The engine that answers at DOCKER_HOST or the usual place. Raises EngineError with the reason."""
    address = os.environ.get("DOCKER_HOST") or DEFAULT_ADDRESS
    socket = _socket_of(address)
    if not socket.exists():
        raise EngineError(f"no Docker engine listens at {address}")
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="docker")
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, _open, address, owner, pool)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


def _socket_of(address: str) -> Path:
    scheme, _, path = address.partition("://")
    if scheme != "unix":
        raise EngineError(f"the Docker engine at {address} is not of this machine, whose folders it is to mount")
    return Path(path)


def _open(address: str, owner: Owner, pool: ThreadPoolExecutor) -> Engine:
    import docker  # here, because a server that runs processes alone need not pay for it

    client = guarded(lambda where: docker.DockerClient(where, timeout=_HELLO_S), address)
    about = guarded(lambda asked: asked.info(), client)
    client.api.timeout = _CALL_S
    options = about.get("SecurityOptions") or []
    return Engine(
        client=client,
        version=about.get("ServerVersion") or "of unknown version",
        cpus=about.get("NCPU") or os.cpu_count() or 1,
        rootless=any("name=rootless" in option for option in options),
        owner=owner,
        _pool=pool,
    )


def guarded(work: Callable[[Any], Result], argument: Any) -> Result:
    """`work(argument)`, with whatever goes wrong between here and the engine as EngineError."""
    import docker.errors
    import requests.exceptions
    import urllib3.exceptions

    try:
        return work(argument)
    except docker.errors.NotFound as error:
        raise NotThere(reason_of(error)) from error
    except (
        docker.errors.DockerException,
        requests.exceptions.RequestException,
        urllib3.exceptions.HTTPError,
        OSError,
    ) as error:
        raise EngineError(reason_of(error)) from error


def reason_of(error: Exception) -> str:
    """The engine's own words where it gave some, on one line and not too long; ours where it gave none."""
    text = getattr(error, "explanation", None) or _silence(str(error)) or str(error) or type(error).__name__
    line = " ".join(str(text).split())
    return line if len(line) <= _LONGEST_REASON else line[:_LONGEST_REASON] + "..."


def _silence(text: str) -> str:
    """What the libraries wrap in several layers of words, said once."""
    if "Permission denied" in text:
        return "this user may not use the Docker engine (is it in the group docker?)"
    if "timed out" in text.lower():
        return "the Docker engine does not answer in time"
    if "Connection" in text or "RemoteDisconnected" in text:
        return "the Docker engine cannot be reached, or has closed the connection"
    return ""
