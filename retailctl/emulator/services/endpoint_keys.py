"""What callers of an endpoint authenticate with: its two keys, or tokens that it issues."""

from __future__ import annotations

from retailctl.emulator.arm.bodies.endpoints import RegenerateKeysBody
from retailctl.emulator.arm.errors import bad_request, invalid_body
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.data_plane import DataPlane
from retailctl.emulator.services.endpoints import Endpoints
from retailctl.emulator.services.key_pair import new_key
from retailctl.emulator.services.routing import token_purpose
from retailctl.emulator.store.operations import Operation
from retailctl.emulator.store.resources import Record

_FIELDS = {"primary": "primaryKey", "secondary": "secondaryKey"}
TOKEN_LIFETIME_S = 12 * 3600


class EndpointSecrets:
    """Reads, replaces and issues the secrets of endpoints."""

    def __init__(self, context: Context, endpoints: Endpoints, data_plane: DataPlane) -> None:
        self._context = context
        self._endpoints = endpoints
        self._data_plane = data_plane

    def keys(self, name: str) -> dict[str, str]:
        """Primary and secondary key. Raises ArmError (404; 400 unless the endpoint uses keys)."""
        keys: dict[str, str] = self._endpoint(name, "Key", "keys").body["private"]["keys"]
        return keys

    def regenerate(self, name: str, body: RegenerateKeysBody) -> Operation:
        """Replace one key by the value given, or by a new one when that is the old one or none.

        Raises ArmError (404, 409; 400 unless the endpoint uses keys).
        """
        keys = self.keys(name)
        field = _FIELDS.get(body.key_type.lower())
        if field is None:
            raise invalid_body("keyType", f"{body.key_type!r} is neither 'Primary' nor 'Secondary'")
        # azure-ai-ml sends the present key as the new value, and means a fresh one.
        fresh = body.key_value if body.key_value not in {None, "", keys[field]} else new_key()
        return self._endpoints.renew(self._endpoints.get(name), {**keys, field: fresh})

    async def token(self, name: str) -> tuple[str, float]:
        """A token for an endpoint in AMLToken mode, and its end in epoch seconds. Raises ArmError (404, 400)."""
        record = self._endpoint(name, "AMLToken", "tokens of its own")
        issued = self._context.tokens.issue(token_purpose(record.name), TOKEN_LIFETIME_S)
        await self._data_plane.refresh()
        return issued

    def _endpoint(self, name: str, mode: str, what: str) -> Record:
        record = self._endpoints.get(name)
        if record.body["properties"]["authMode"] != mode:
            raise bad_request(f"The endpoint '{record.name}' does not use {what} for authentication.")
        return record
