"""Makes a deployment serve what was asked for.

An update starts new instances beside the old ones and switches over when they are ready, so that a failed update
leaves the old ones serving. What serves is kept beside what was asked for, and comes back by itself when the server
is started again.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from typing import Any

from retailctl.emulator.arm.errors import ArmError, conflict
from retailctl.emulator.runners.program import Program
from retailctl.emulator.runners.slots import Container, SlotFailed
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.data_plane import DataPlane
from retailctl.emulator.services.documents import Documents, moved, state_of
from retailctl.emulator.services.endpoints import Endpoints
from retailctl.emulator.services.programs import with_runner
from retailctl.emulator.services.slot_specs import SlotSpecs
from retailctl.emulator.states.deployment import DELETING, DEPLOYMENT, FAILED, SUCCEEDED
from retailctl.emulator.store.resources import Record

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_NOT_STARTED = "The container has not been started; try again later."


class Provisioner:
    """Starts, replaces, revives and removes the instances of deployments."""

    def __init__(self, context: Context, data_plane: DataPlane, endpoints: Endpoints, specs: SlotSpecs) -> None:
        self._context = context
        self._data_plane = data_plane
        self._endpoints = endpoints
        self._specs = specs
        self._documents = Documents(context.resources, "deployment", "online deployment")

    async def provision(self, endpoint: str, name: str) -> None:
        """Bring a deployment to what was asked for. Raises ArmError when that fails."""
        record = self._documents.get(name, endpoint)
        await self._context.transition("deployment.write", f"{endpoint}/{name}")
        private = record.body["private"]
        if private["serving"] is None or private["serving"]["attempt"] != private["attempt"]:
            await self._start(record, private["attempt"], record.body)
        self._serve(endpoint, name)

    def fail(self, endpoint: str, name: str) -> None:
        """Note that what was asked for could not be done."""
        record = self._documents.find(name, endpoint)
        if record is not None:
            self._documents.put(name, moved(DEPLOYMENT, record, FAILED), endpoint)

    async def _start(self, record: Record, attempt: str, document: dict[str, Any]) -> None:
        """Start an attempt's instances and route to them. Raises ArmError with the container's last lines."""
        program = await self._specs.program(document["properties"])
        self._note_runner(record, program)
        self._drop_attempts(record.parent, record.name, kept=attempt)
        spec = self._specs.make(record.parent, record.name, attempt, document, program)
        slot = self._data_plane.supervise(spec)
        try:
            await slot.start()
        except SlotFailed as failure:
            detail = ("ContainerLog", failure.log_tail)
            raise ArmError(400, "ResourceNotReady", failure.reason, details=[detail]) from failure
        if not self._is_wanted(record, attempt):
            await slot.stop(drain_s=0)
            raise conflict(f"The deployment '{record.name}' was changed meanwhile.")
        await self._data_plane.install(slot)

    def _is_wanted(self, record: Record, attempt: str) -> bool:
        """Whether an attempt is still what the deployment is to come to, or to come back to."""
        current = self._documents.find(record.name, record.parent)
        if current is None or DELETING in {state_of(current), state_of(self._endpoints.get(record.parent))}:
            return False
        private = current.body["private"]
        if attempt == private["attempt"]:
            return True
        back = private["serving"] is not None and attempt == private["serving"]["attempt"]
        return back and not self._data_plane.serves(record.parent, record.name)

    def _note_runner(self, record: Record, program: Program) -> None:
        """Say on the deployment how it runs."""
        current = self._documents.get(record.name, record.parent)
        properties = with_runner(current.body["properties"], program)
        self._documents.put(record.name, {**current.body, "properties": properties}, record.parent)

    def _serve(self, endpoint: str, name: str) -> None:
        """Note that what was asked for is what serves now, and drop what earlier attempts left."""
        record = self._documents.get(name, endpoint)
        attempt = record.body["private"]["attempt"]
        serving = {"attempt": attempt, "properties": record.body["properties"], "sku": record.body["sku"]}
        document = moved(DEPLOYMENT, record, SUCCEEDED)
        self._documents.put(name, {**document, "private": {**document["private"], "serving": serving}}, endpoint)
        self._drop_attempts(endpoint, name, kept=attempt)

    def _drop_attempts(self, endpoint: str, name: str, *, kept: str) -> None:
        """Remove what earlier attempts left, or failing ones would fill the disk; not what serves, and the newest."""
        private = self._documents.get(name, endpoint).body["private"]
        needed = {kept, private["attempt"], (private["serving"] or private)["attempt"]}
        for folder in self._specs.folder(endpoint, name).glob("*"):
            if folder.name not in needed:
                shutil.rmtree(folder, ignore_errors=True)

    async def revive(self, endpoint: str, name: str) -> bool:
        """Start again what served before the server stopped; whether there is nothing more to try."""
        record = self._documents.find(name, endpoint)
        serving = record.body["private"]["serving"] if record else None
        if record is None or serving is None or self._data_plane.serves(endpoint, name):
            return True
        try:
            await self._data_plane.router()  # first, or an instance may be given the port that it had
            await self._start(record, serving["attempt"], serving)
        except Exception as error:
            _log.error("Deployment %s/%s did not come back", endpoint, name, exc_info=error)
            return False
        return True

    async def revive_later(self, endpoint: str, name: str) -> None:
        """Go on trying, with growing pauses and not while the deployment is changed, until it is back or gone."""
        pause_s, back = _FIRST_PAUSE_S, False
        while not back:
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            record = self._documents.find(name, endpoint)
            back = record is None or (not DEPLOYMENT.busy(state_of(record)) and await self.revive(endpoint, name))

    async def remove(self, endpoint: str, name: str) -> None:
        """End a deployment's instances, then forget it."""
        await self._context.transition("deployment.delete", f"{endpoint}/{name}")
        await self._data_plane.remove(endpoint, name)
        shutil.rmtree(self._specs.folder(endpoint, name), ignore_errors=True)
        with self._context.database.transaction():
            self._documents.delete(name, endpoint)
            self._endpoints.forget_traffic(endpoint, name)

    def logs(self, record: Record, container: Container, tail: int | None) -> str:
        """Last lines of a container of the newest attempt."""
        slot = self._data_plane.attempt(record.parent, record.name)
        return slot.logs(container, tail) if slot else _NOT_STARTED
