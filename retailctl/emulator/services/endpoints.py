"""Online endpoints: the whole of one is written by PUT, and it is busy while that is under way."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from retailctl.emulator.arm.bodies.endpoints import EndpointBody, EndpointPatch, EndpointProperties
from retailctl.emulator.arm.errors import conflict, invalid_body
from retailctl.emulator.arm.names import check_endpoint
from retailctl.emulator.services.background import Background, Unfinished
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.data_plane import DataPlane
from retailctl.emulator.services.documents import Documents, merged_tags, moved, state_of
from retailctl.emulator.services.key_pair import NEXT_KEYS, first_keys, renewed, without_next
from retailctl.emulator.services.routing import token_purpose
from retailctl.emulator.services.traffic import check_mirror, check_traffic
from retailctl.emulator.states.deployment import DEPLOYMENT
from retailctl.emulator.states.endpoint import CREATING, DELETING, ENDPOINT, FAILED, SUCCEEDED, UPDATING
from retailctl.emulator.store.operations import Operation
from retailctl.emulator.store.resources import Record

_AUTH_MODES = {mode.lower(): mode for mode in ("Key", "AMLToken", "AADToken")}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A write that was taken on: the resource as it is now, the operation to poll, and whether it is new."""

    record: Record
    operation: Operation
    created: bool = False


class Endpoints:
    """The endpoints of the workspace."""

    def __init__(self, context: Context, background: Background, data_plane: DataPlane) -> None:
        self._context = context
        self._background = background
        self._data_plane = data_plane
        self._documents = Documents(context.resources, "endpoint", "online endpoint")
        self._deployments = Documents(context.resources, "deployment", "online deployment")

    def get(self, name: str) -> Record:
        """One endpoint. Raises ArmError (404)."""
        return self._documents.get(name)

    def list(self) -> list[Record]:
        """Every endpoint."""
        return self._documents.list()

    def resource_id(self, name: str) -> str:
        """ARM id of an endpoint."""
        return self._context.scope.resource_id("onlineEndpoints", name)

    def write(self, name: str, body: EndpointBody) -> Accepted:
        """Create or replace an endpoint. Raises ArmError (400, 409)."""
        check_endpoint(name)
        existing = self._documents.find(name)
        if existing is not None:
            self.require_idle(existing)
        document = self._document(name, body, existing)
        with self._context.database.transaction():
            record = self._documents.put(name, document)
            operation = self._operate(name, self._settle)
        return Accepted(record, operation, created=existing is None)

    def patch(self, name: str, body: EndpointPatch) -> Record:
        """Merge tags, replace the identity. Raises ArmError (404, 409)."""
        record = self.get(name)
        self.require_idle(record)
        document = {**record.body, "tags": merged_tags(record.body.get("tags"), body.tags)}
        if body.identity is not None:
            document["identity"] = body.identity.document()
        return self._documents.put(name, document)

    def renew(self, record: Record, keys: Mapping[str, str]) -> Operation:
        """Put these keys in the place of the old ones. Raises ArmError (409).

        That the endpoint is Updating meanwhile is inferred [inf]; that it takes an operation to poll is published.
        """
        self.require_idle(record)
        document = moved(ENDPOINT, record, UPDATING)
        document["private"] = {**document["private"], NEXT_KEYS: dict(keys)}
        with self._context.database.transaction():
            self._documents.put(record.name, document)
            return self._operate(record.name, self._settle)

    def delete(self, name: str) -> Accepted | None:
        """Delete an endpoint and its deployments; None when there is none. Raises ArmError (409)."""
        record = self._documents.find(name)
        if record is None:
            return None
        self.require_idle(record)
        for deployment in self._deployments.list(name):
            if DEPLOYMENT.busy(state_of(deployment)):
                raise conflict(f"The deployment '{deployment.name}' of endpoint '{name}' is {state_of(deployment)}.")
        with self._context.database.transaction():
            record = self._documents.put(name, moved(ENDPOINT, record, DELETING))
            operation = self._operate(record.name, self._remove)
        return Accepted(record, operation)

    def require_idle(self, record: Record) -> None:
        """Raise ArmError (409) while an operation on the endpoint is under way.

        A deployment that is being written does not make its endpoint busy (inferred [inf]; documented is a 409 for
        any second operation on the endpoint itself).
        """
        if ENDPOINT.busy(state_of(record)):
            raise conflict(
                f"The endpoint '{record.name}' is in {state_of(record)} provisioning state; try again when it is done."
            )

    def scoring_path(self, name: str) -> str:
        """Path at which the endpoint scores: its newest deployment's scoring route."""
        paths = [record.body["private"]["scoringPath"] for record in self._deployments.list(name)]
        return paths[-1] if paths else "/score"

    async def admit_new_token(self) -> None:
        """Let callers with a token that was just issued reach the endpoints that take such tokens."""
        if any(record.body["properties"]["authMode"] == "AADToken" for record in self.list()):
            await self._data_plane.refresh()

    def forget_traffic(self, name: str, deployment: str) -> None:
        """Drop the rules of a deployment that is gone."""
        record = self.get(name)
        properties = dict(record.body["properties"])
        for rule in ("traffic", "mirrorTraffic"):
            kept = {key: value for key, value in properties[rule].items() if key.lower() != deployment.lower()}
            properties[rule] = kept
        self._documents.put(record.name, {**record.body, "properties": properties})

    def recover(self, unfinished: Unfinished) -> None:
        """Take up again what a stopped server left: writes are settled, deletions go on."""
        for record in self.list():
            state, operations = state_of(record), unfinished.take(self.resource_id(record.name))
            if operations or ENDPOINT.busy(state):
                work = self._remove if state == DELETING else self._settle
                self._background.resume(
                    operations, partial(work, record.name), partial(self._move, record.name, FAILED)
                )

    def _operate(self, name: str, work: Callable[[str], Awaitable[None]]) -> Operation:
        failed = partial(self._move, name, FAILED)
        return self._background.operate(self.resource_id(name), partial(work, name), failed)

    def _document(self, name: str, body: EndpointBody, existing: Record | None) -> dict[str, Any]:
        properties = body.properties
        deployments = [record.name for record in self._deployments.list(name)]
        check_traffic(properties.traffic or {}, deployments)
        check_mirror(properties.mirror_traffic or {}, properties.traffic or {}, deployments)
        document = body.document()
        document["tags"] = merged_tags(body.tags, None)
        # What a whole PUT does not name is gone, rules of traffic as well: inferred [inf] from what PUT means.
        document["properties"] |= {
            "authMode": _auth_mode(properties),
            "traffic": properties.traffic or {},
            "mirrorTraffic": properties.mirror_traffic or {},
            "publicNetworkAccess": _network_access(properties),
            "provisioningState": CREATING if existing is None else UPDATING,
        }
        document["properties"].pop("keys", None)
        document["private"] = existing.body["private"] if existing else {"keys": first_keys(properties.keys)}
        return document

    async def _settle(self, name: str) -> None:
        renewing = NEXT_KEYS in self.get(name).body["private"]
        await self._context.transition("endpoint.keys" if renewing else "endpoint.write", name)
        if renewing:
            self._documents.put(name, renewed(self.get(name).body))
        await self._data_plane.refresh()
        self._move(name, SUCCEEDED)

    def _move(self, name: str, state: str) -> None:
        record = self._documents.find(name)
        if record is not None:
            self._documents.put(name, without_next(moved(ENDPOINT, record, state)))

    async def _remove(self, name: str) -> None:
        await self._context.transition("endpoint.delete", name)
        await self._remove_deployments(name)
        await self._data_plane.refresh()
        shutil.rmtree(self._context.folder.slots / name, ignore_errors=True)
        with self._context.database.transaction():
            self._documents.delete(name)
            self._context.tokens.revoke(token_purpose(name))

    async def _remove_deployments(self, name: str) -> None:
        for deployment in self._deployments.list(name):
            await self._data_plane.remove(name, deployment.name)
            self._deployments.delete(deployment.name, name)


def _auth_mode(properties: EndpointProperties) -> str:
    # In any case of letters: that the service is as lenient is inferred [inf].
    mode = _AUTH_MODES.get(properties.auth_mode.lower())
    if mode is None:
        raise invalid_body("properties.authMode", f"{properties.auth_mode!r} is none of Key, AMLToken, AADToken")
    return mode


def _network_access(properties: EndpointProperties) -> str:
    given = properties.public_network_access or "Enabled"
    # azure-ai-ml passes on the spelling of its user; that the service takes any is inferred [inf].
    if given.capitalize() not in {"Enabled", "Disabled"}:
        raise invalid_body("properties.publicNetworkAccess", f"{given!r} is neither Enabled nor Disabled")
    return given.capitalize()
