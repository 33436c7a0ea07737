"""What an image runs as on this machine: itself, in a Docker engine that has it, or what the runner table has for it.

`auto` prefers the engine and falls back to the table; `docker` and `process` take the one and refuse what it cannot
run, by name and with the reason.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.errors import EngineUnavailable
from retailctl.emulator.runners.containers import images
from retailctl.emulator.runners.containers.engine import Engine, EngineError, connect
from retailctl.emulator.runners.containers.images import ContainerImage
from retailctl.emulator.runners.containers.keeper import remove_all
from retailctl.emulator.runners.containers.leftovers import remove_leftovers
from retailctl.emulator.runners.containers.owner import SERVER_LABEL, Owner
from retailctl.emulator.runners.program import Program, RunnerMode, runner_of
from retailctl.emulator.runners.table import RunnerEntry, RunnerTable

_log = logging.getLogger(__name__)

RUNNER_PROPERTY = "local.runner"
IMAGE_PROPERTY = "local.imageId"


class Programs:
    """Finds programs for images, and holds the engine that they may need."""

    def __init__(self, table: RunnerTable, mode: RunnerMode, owner: Owner) -> None:
        self._table = table
        self._mode = mode
        self._owner = owner
        self._engine: Engine | None = None
        self._problem = "as asked"
        self._connecting = asyncio.Lock()

    async def open(self) -> None:
        """Look for an engine. Raises EngineUnavailable when containers were asked for and there is none."""
        if self._mode == "process" and self._owner.marker.exists():
            await asyncio.to_thread(remove_leftovers, self._owner.state, self._owner.marker)
        await self._connected()
        if self._mode == "docker" and self._engine is None:
            raise EngineUnavailable(f"The runner is to be Docker, and {self._problem}.")

    async def close(self) -> None:
        """Remove what is left of this server's containers; where that cannot be done, the keeper goes on trying."""
        engine, self._engine = self._engine, None
        if engine is not None:
            clean = await self._swept(engine, f"{SERVER_LABEL}={self._owner.server}")
            engine.close()
            await self._owner.dismiss(clean=clean)

    def describe(self) -> dict[str, Any]:
        """The runner asked for, the engine, and both in words."""
        engine = self._engine.version if self._engine else None
        if engine is None:
            words = f"process ({self._problem})"
        elif self._mode == "docker":
            words = f"docker (engine {engine})"
        else:
            words = f"docker (engine {engine}) for images that it has, process for the others"
        return {"asked": self._mode, "engine": engine, "words": words}

    async def for_job(self, image: str) -> Program:
        """What runs a job's command; the command comes with the job. Raises ArmError (400)."""
        return await self._find(image, [each for each in self._table.entries])

    async def for_slot(self, image: str) -> Program:
        """What serves as a deployment's image; a row must have a command. Raises ArmError (400)."""
        return await self._find(image, [each for each in self._table.entries if each.command])

    async def _find(self, image: str, rows: list[RunnerEntry]) -> Program:
        contained, reason = await self._contained(image)
        if contained is not None:
            return contained
        entry = None if self._mode == "docker" else RunnerTable(tuple(rows)).match(image)
        if entry is not None:
            return entry
        raise ArmError(400, "ImageNotRunnable", self._refusal(image, rows, reason))

    async def _contained(self, image: str) -> tuple[ContainerImage | None, str]:
        """The image in the engine, or why it is not to be had there."""
        engine = await self._connected()
        if engine is None:
            return None, self._problem
        try:
            found = await images.find(engine, image)
            if found is None and self._may_pull(image):
                found = await images.pull(engine, image)
        except EngineError as error:
            _log.warning("The image %s is not to be had from the Docker engine: %s", image, error)
            return None, str(error)
        return found, "no image in the engine has this name, or was built from this content"

    def _may_pull(self, image: str) -> bool:
        """From a registry of this machine always; from another only where the image cannot be run in another way."""
        if images.is_nowhere_else(image):
            return False
        return self._mode == "docker" or images.is_on_this_machine(image)

    def _refusal(self, image: str, rows: list[RunnerEntry], reason: str) -> str:
        if self._mode == "docker":
            return (
                f"The image '{image}' cannot be run by Docker: {reason}."
                " `retailctl build` makes the project's images; `docker pull` fetches another."
            )
        known = ", ".join(each.image for each in rows) or "none"
        engine = "" if self._mode == "process" else f" Docker does not run it either: {reason}."
        return (
            f"Nothing here stands for the image '{image}'. Images that can be run: {known}."
            f" Add a row to the runner table to run another.{engine}"
        )

    async def _connected(self) -> Engine | None:
        """The engine, looked for again as long as there is none; what servers before this one left is removed."""
        if self._mode == "process":
            return None
        async with self._connecting:
            if self._engine is None:
                try:
                    engine = await connect(self._owner)
                except EngineError as error:
                    self._problem = str(error)
                else:
                    await self._swept(engine, self._owner.state_filter)
                    self._engine = engine
        return self._engine

    @staticmethod
    async def _swept(engine: Engine, label: str) -> bool:
        try:
            removed = await engine.call(lambda client: remove_all(client, label))
        except EngineError as error:
            _log.warning("Containers that are left cannot be removed: %s", error)
            return False
        if removed:
            _log.info("Removed %d containers that were left", removed)
        return True


def with_runner(properties: Mapping[str, Any], program: Program) -> dict[str, Any]:
    """The properties of a job or deployment with a note of how it runs, beside what its user noted there."""
    note: dict[str, str] = {RUNNER_PROPERTY: runner_of(program)}
    if isinstance(program, ContainerImage):
        note[IMAGE_PROPERTY] = program.id
    return {**properties, "properties": {**(properties.get("properties") or {}), **note}}


def runner_notes(properties: Mapping[str, Any]) -> dict[str, str]:
    """What :func:`with_runner` noted."""
    noted = properties.get("properties") or {}
    return {name: noted[name] for name in (RUNNER_PROPERTY, IMAGE_PROPERTY) if name in noted}
