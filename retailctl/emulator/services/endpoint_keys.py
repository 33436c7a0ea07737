"""What callers of an endpoint authenticate with: its two keys, or tokens that it issues."""

from __future__ import annotations

import secrets

from retailctl.emulator.arm.bodies.endpoints import EndpointKeys, RegenerateKeysBody
from retailctl.emulator.arm.errors import bad_request, invalid_body
from retailctl.emulator.services.background import Background
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.data_plane import DataPlane
from retailctl.emulator.services.documents import Documents
from retailctl.emulator.services.routing import token_purpose
from retailctl.emulator.store.operations import Operation
from retailctl.emulator.store.resources import Record

_KEY_BYTES = 24
_FIELDS = {"primary": "primaryKey", "secondary": "secondaryKey"}
TOKEN_LIFETIME_S = 12 * 3600


def first_keys(given: EndpointKeys | None) -> dict[str, str]:
    """Keys of a new endpoint: those that its body gives, or random ones."""
    return {
        "primaryKey": (given and given.primary_key) or secrets.token_hex(_KEY_BYTES),
        "secondaryKey": (given and given.secondary_key) or secrets.token_hex(_KEY_BYTES),
    }


class EndpointSecrets:
    """Reads, replaces and issues the secrets of endpoints."""

    def __init__(self, context: Context, background: Background, data_plane: DataPlane) -> None:
        self._context = context
        self._background = background
        self._data_plane = data_plane
        self._documents = Documents(context.resources, "endpoint", "online endpoint")

    def keys(self, name: str) -> dict[str, str]:
        """Primary and secondary key. Raises ArmError (404; 400 unless the endpoint uses keys)."""
        keys: dict[str, str] = self._endpoint(name, "Key", "keys").body["private"]["keys"]
        return keys

    def regenerate(self, name: str, body: RegenerateKeysBody) -> Operation:
        """Replace one key by the value given, or by a new one when that is the old one or none."""
        keys = self.keys(name)
        field = _FIELDS.get(body.key_type.lower())
        if field is None:
            raise invalid_body("keyType", f"{body.key_type!r} is neither 'Primary' nor 'Secondary'")
        # azure-ai-ml sends the present key as the new value, and means a fresh one.
        fresh = body.key_value if body.key_value not in {None, "", keys[field]} else secrets.token_hex(_KEY_BYTES)
        record = self._documents.get(name)
        document = {**record.body, "private": {**record.body["private"], "keys": {**keys, field: fresh}}}
        with self._context.database.transaction():
            self._documents.put(name, document)
            resource_id = self._context.scope.resource_id("onlineEndpoints", name)
            return self._background.operate(resource_id, self._data_plane.refresh)

    async def token(self, name: str) -> tuple[str, float]:
        """A token for an endpoint in AMLToken mode, and its end in epoch seconds. Raises ArmError (404, 400)."""
        record = self._endpoint(name, "AMLToken", "tokens of its own")
        issued = self._context.tokens.issue(token_purpose(record.name), TOKEN_LIFETIME_S)
        await self._data_plane.refresh()
        return issued

    def _endpoint(self, name: str, mode: str, what: str) -> Record:
        record = self._documents.get(name)
        if record.body["properties"]["authMode"] != mode:
            raise bad_request(f"The endpoint '{record.name}' does not use {what} for authentication.")
        return record
