"""Makes a deployment serve what was asked for.

An update starts new instances beside the old ones and switches over when they are ready, so that a failed update
leaves the old ones serving. What serves is kept beside what was asked for, and comes back by itself when the server
is started again.
"""

from __future__ import annotations

import logging
import shutil
from typing import Any

from retailctl.emulator.arm.errors import ArmError
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
        """Bring a deployment to what was asked for. Raises ArmError, the deployment Failed, when that fails."""
        record = self._documents.get(name, endpoint)
        try:
            await self._context.transition("deployment.write", f"{endpoint}/{name}")
            private = record.body["private"]
            if private["serving"] is None or private["serving"]["attempt"] != private["attempt"]:
                await self._start(record, private["attempt"], record.body)
        except Exception:
            self._fail(endpoint, name)
            raise
        self._serve(endpoint, name)

    async def take_up(self, endpoint: str, name: str) -> None:
        """Go on where a stopped server left a deployment: what served first, then what was asked for since."""
        record = self._documents.get(name, endpoint)
        if state_of(record) == DELETING:
            await self.remove(endpoint, name)
            return
        if record.body["private"]["serving"]:
            await self._revive(record)
        if DEPLOYMENT.busy(state_of(record)):
            await self.provision(endpoint, name)

    def _fail(self, endpoint: str, name: str) -> None:
        self._documents.put(name, moved(DEPLOYMENT, self._documents.get(name, endpoint), FAILED), endpoint)

    async def _start(self, record: Record, attempt: str, document: dict[str, Any]) -> None:
        """Start an attempt's instances and route to them. Raises ArmError with the container's last lines."""
        program = await self._specs.program(document["properties"])
        self._note_runner(record, program)
        spec = self._specs.make(record.parent, record.name, attempt, document, program)
        slot = self._data_plane.supervise(spec)
        try:
            await slot.start()
        except SlotFailed as failure:
            detail = ("ContainerLog", failure.log_tail)
            raise ArmError(400, "ResourceNotReady", failure.reason, details=[detail]) from failure
        await self._data_plane.install(slot)

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
        for folder in self._specs.folder(endpoint, name).iterdir():
            if folder.name != attempt:
                shutil.rmtree(folder, ignore_errors=True)

    async def _revive(self, record: Record) -> None:
        """Start again what served before the server stopped."""
        serving = record.body["private"]["serving"]
        try:
            await self._start(record, serving["attempt"], serving)
        except ArmError as error:
            _log.error("Deployment %s/%s did not come back: %s", record.parent, record.name, error.message)

    async def remove(self, endpoint: str, name: str) -> None:
        """End a deployment's instances, then forget it."""
        try:
            await self._context.transition("deployment.delete", f"{endpoint}/{name}")
            await self._data_plane.remove(endpoint, name)
        except Exception:
            self._fail(endpoint, name)
            raise
        with self._context.database.transaction():
            self._documents.delete(name, endpoint)
            self._endpoints.forget_traffic(endpoint, name)
        shutil.rmtree(self._specs.folder(endpoint, name), ignore_errors=True)

    def logs(self, record: Record, container: Container, tail: int | None) -> str:
        """Last lines of a container of the newest attempt."""
        slot = self._data_plane.attempt(record.parent, record.name)
        return slot.logs(container, tail) if slot else _NOT_STARTED
