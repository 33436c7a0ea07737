"""Online deployments: slots of an endpoint, each written whole by PUT and busy until its instances are ready.

What was asked for is written at once; provisioning.py makes it serve, and keeps what serves beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

from retailctl.emulator.arm.bodies.deployments import DeploymentBody, DeploymentPatch
from retailctl.emulator.arm.errors import bad_request, conflict
from retailctl.emulator.arm.names import check_endpoint
from retailctl.emulator.runners.slots import Container
from retailctl.emulator.services import deployment_rules as rules
from retailctl.emulator.services.background import Background, Unfinished
from retailctl.emulator.services.catalogue import QUOTA_CORES
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.documents import Documents, merged_tags, moved, state_of
from retailctl.emulator.services.endpoints import Accepted, Endpoints
from retailctl.emulator.services.programs import runner_notes
from retailctl.emulator.services.provisioning import Provisioner
from retailctl.emulator.services.references import References
from retailctl.emulator.services.slot_specs import SlotSpecs
from retailctl.emulator.services.traffic import share
from retailctl.emulator.states.deployment import (
    CREATING,
    DELETING,
    DEPLOYMENT,
    SCALING,
    SUCCEEDED,
    UPDATING,
)
from retailctl.emulator.states.endpoint import DELETING as ENDPOINT_DELETING
from retailctl.emulator.store.operations import Operation
from retailctl.emulator.store.resources import Record

Work = Callable[[str, str], Awaitable[None]]


class Deployments:
    """The deployments of every endpoint."""

    def __init__(
        self,
        context: Context,
        background: Background,
        endpoints: Endpoints,
        specs: SlotSpecs,
        provisioner: Provisioner,
        references: References,
    ) -> None:
        self._context = context
        self._background = background
        self._endpoints = endpoints
        self._specs = specs
        self._provisioner = provisioner
        self._references = references
        self._documents = Documents(context.resources, "deployment", "online deployment")
        self._revivals: list[asyncio.Task[None]] = []

    def get(self, endpoint: str, name: str) -> Record:
        """One deployment. Raises ArmError (404)."""
        self._endpoints.get(endpoint)
        return self._documents.get(name, endpoint)

    def list(self, endpoint: str) -> list[Record]:
        """Every deployment of an endpoint. Raises ArmError (404)."""
        self._endpoints.get(endpoint)
        return self._documents.list(endpoint)

    def write(self, endpoint: str, name: str, body: DeploymentBody) -> Accepted:
        """Create or replace a deployment. Raises ArmError (400, 404, 409)."""
        check_endpoint(name, "Deployment")
        owner = self._endpoints.get(endpoint)
        self._endpoints.require_idle(owner)
        existing = self._documents.find(name, endpoint)
        if existing is not None:
            self._require_idle(existing)
        rules.check(body)
        document = self._document(owner.name, rules.complete(body), existing)
        return self._begin(owner.name, name, document, created=existing is None)

    def patch(self, endpoint: str, name: str, body: DeploymentPatch) -> Accepted:
        """Merge tags and change the instance count. Raises ArmError (400, 404, 409)."""
        existing = self.get(endpoint, name)
        self._require_idle(existing)
        document = {**existing.body, "tags": merged_tags(existing.body.get("tags"), body.tags)}
        if body.sku is not None and body.sku.capacity is not None:
            rules.check_capacity(body.sku.capacity)
            document["sku"] = {**document["sku"], "capacity": body.sku.capacity}
        return self._begin(existing.parent, existing.name, self._next(document, existing), created=False)

    def delete(self, endpoint: str, name: str) -> Accepted | None:
        """Delete a deployment without traffic; None when there is none. Raises ArmError (404, 409)."""
        owner = self._endpoints.get(endpoint)
        self._endpoints.require_idle(owner)
        record = self._documents.find(name, endpoint)
        if record is None:
            return None
        self._require_idle(record)
        for rule, what in (("traffic", "live"), ("mirrorTraffic", "mirrored")):
            percent = share(owner.body["properties"].get(rule), name)
            if percent:
                # Refused by the service as well; that it is a 409 is inferred [inf].
                raise conflict(f"The deployment '{name}' takes {percent} % of the {what} traffic; set it to 0 first.")
        with self._context.database.transaction():
            record = self._documents.put(record.name, moved(DEPLOYMENT, record, DELETING), owner.name)
            operation = self._operate(record, self._provisioner.remove)
        return Accepted(record, operation)

    def logs(self, endpoint: str, name: str, container: Container, tail: int | None) -> str:
        """Last lines of a container of the newest attempt. Raises ArmError (404)."""
        record = self.get(endpoint, name)
        return self._provisioner.logs(record, container, tail)

    def cores_in_use(self) -> dict[str, int]:
        """Cores that the deployments count for, by family."""
        used: dict[str, int] = {}
        for record in self._documents.list(None):
            size, count = rules.cores(record.body)
            used[size.family] = used.get(size.family, 0) + count
        return used

    def recover(self, unfinished: Unfinished) -> None:
        """Bring back what served, and take up again what a stopped server left unfinished.

        Deployments of an endpoint that is being deleted go with it.
        """
        records = self._documents.list(None)
        self._specs.clear_away(records)
        for record in records:
            operations = unfinished.take(self._resource_id(record))
            if state_of(self._endpoints.get(record.parent)) == ENDPOINT_DELETING:
                continue
            revival = None
            if state_of(record) != DELETING:
                revival = self._background.run(self._revive(record.parent, record.name))
                self._revivals.append(revival)
            if DEPLOYMENT.busy(state_of(record)) or operations:
                names = (record.parent, record.name)
                self._background.resume(
                    operations, partial(self._take_up, record, revival), partial(self._provisioner.fail, *names)
                )

    async def come_back(self, timeout_s: float) -> None:
        """Wait, but no longer than ``timeout_s``, until what a stopped server left serves again."""
        if self._revivals:
            await asyncio.wait(self._revivals, timeout=timeout_s)
        self._revivals.clear()

    async def _revive(self, endpoint: str, name: str) -> None:
        if not await self._provisioner.revive(endpoint, name):
            self._background.run(self._provisioner.revive_later(endpoint, name))

    async def _take_up(self, record: Record, revival: asyncio.Task[None] | None) -> None:
        """Go on where a stopped server left a deployment: what served first, then what was asked for since."""
        if revival is None:
            await self._provisioner.remove(record.parent, record.name)
            return
        await asyncio.wait([revival])
        if DEPLOYMENT.busy(state_of(record)):
            await self._provisioner.provision(record.parent, record.name)

    def _document(self, endpoint: str, document: dict[str, Any], existing: Record | None) -> dict[str, Any]:
        document["properties"] = self._references.deployment(document["properties"])
        environment = self._specs.environment(document["properties"])
        self._specs.model(document["properties"])
        if existing is None and len(self._documents.list(endpoint)) >= rules.MOST_DEPLOYMENTS:
            raise bad_request(f"An endpoint has at most {rules.MOST_DEPLOYMENTS} deployments.")
        used = self.cores_in_use()
        if existing is not None:
            size, count = rules.cores(existing.body)
            used[size.family] -= count
        rules.check_quota(document, used, QUOTA_CORES, self._context.scope.subscription_id)
        document["tags"] = merged_tags(document.get("tags"), None)
        if existing is not None:
            notes = runner_notes(existing.body["properties"])
            document["properties"]["properties"] = {**(document["properties"].get("properties") or {}), **notes}
        document["private"] = {
            "scoringPath": environment["inferenceConfig"]["scoringRoute"]["path"],
            "serving": existing.body["private"]["serving"] if existing else None,
        }
        return self._next(document, existing)

    def _next(self, document: dict[str, Any], existing: Record | None) -> dict[str, Any]:
        """The document in the state that leads to it, with an attempt of its own when instances must change."""
        wanted = {**document["properties"], "provisioningState": CREATING}
        attempt = uuid4().hex[:12]
        if existing is not None:
            same_settings = _settings(existing.body["properties"]) == _settings(document["properties"])
            same_count = existing.body["sku"] == document["sku"]
            wanted["provisioningState"] = SCALING if same_settings and not same_count else UPDATING
            if same_settings and same_count and state_of(existing) == SUCCEEDED:
                attempt = existing.body["private"]["attempt"]
            DEPLOYMENT.check(state_of(existing), wanted["provisioningState"])
        return {**document, "properties": wanted, "private": {**document["private"], "attempt": attempt}}

    def _begin(self, endpoint: str, name: str, document: dict[str, Any], *, created: bool) -> Accepted:
        with self._context.database.transaction():
            record = self._documents.put(name, document, endpoint)
            operation = self._operate(record, self._provisioner.provision)
        return Accepted(record, operation, created=created)

    def _operate(self, record: Record, work: Work) -> Operation:
        names = (record.parent, record.name)
        return self._background.operate(
            self._resource_id(record), partial(work, *names), partial(self._provisioner.fail, *names)
        )

    def _require_idle(self, record: Record) -> None:
        if DEPLOYMENT.busy(state_of(record)):
            raise conflict(
                f"The deployment '{record.name}' of endpoint '{record.parent}' is in {state_of(record)}"
                " provisioning state; try again when it is done."
            )

    def _resource_id(self, record: Record) -> str:
        return self._context.scope.resource_id("onlineEndpoints", record.parent, "deployments", record.name)


def _settings(properties: dict[str, Any]) -> dict[str, Any]:
    """What decides whether instances must be replaced: everything but where the deployment stands and its texts."""
    ignored = {"provisioningState", "description", "properties"}
    return {name: value for name, value in properties.items() if name not in ignored}
