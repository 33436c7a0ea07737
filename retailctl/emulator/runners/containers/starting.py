"""A container created and started, or nothing of it left."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from retailctl.emulator.runners.containers.container import RunningContainer
from retailctl.emulator.runners.containers.engine import Client, EngineError
from retailctl.emulator.runners.containers.images import ContainerImage
from retailctl.emulator.runners.containers.removal import remove
from retailctl.emulator.runners.running import StartFailed

# The engine's own copy of the output is read at once, and kept small.
_ENGINE_LOG = {"type": "json-file", "config": {"max-size": "16m", "max-file": "2"}}


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
        return RunningContainer(image, await asyncio.shield(starting), log_file, max_log_bytes, serves)
    except asyncio.CancelledError:
        with contextlib.suppress(StartFailed):
            await _undo(image, await starting)
        raise
    except OSError as error:  # a full disk
        await _undo(image, await starting)
        raise StartFailed(f"the log {log_file} cannot be written: {error.strerror}") from error


async def _undo(image: ContainerImage, attributes: Mapping[str, Any]) -> None:
    with contextlib.suppress(EngineError):  # then the keeper does it, or the next start
        await image.engine.call(lambda client: remove(client, attributes["Id"]))


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
