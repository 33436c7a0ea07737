"""Routes of online endpoints."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from starlette.responses import Response

from retailctl.emulator.arm.bodies.endpoints import EndpointBody, EndpointPatch, RegenerateKeysBody
from retailctl.emulator.routes import filters
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import Operation
from retailctl.emulator.store.resources import Record

_ONE = "/onlineEndpoints/{endpoint}"
# How long before its end a token should be replaced, in seconds.
_REFRESH_MARGIN_S = 3600
MANAGED = "managed"


def render(call: Call, record: Record) -> dict[str, Any]:
    """An endpoint as a response shows it: with the addresses where it answers, and its identity."""
    found = call.resource(record, "onlineEndpoints", record.name)
    base = call.services.data_plane.scoring_base
    links = {}
    if base:
        scoring_path = call.services.endpoints.scoring_path(record.name)
        links = {
            "scoringUri": f"{base}/{record.name}{scoring_path}",
            "swaggerUri": f"{base}/{record.name}/swagger.json",
        }
    found["properties"] = {**found["properties"], **links}
    if found.get("identity"):
        found["identity"] = {
            **found["identity"],
            "principalId": str(uuid5(NAMESPACE_URL, found["id"])),
            "tenantId": call.services.identity.tenant_id,
        }
    return found


async def list_endpoints(call: Call) -> Response:
    """OnlineEndpoints_List."""
    query = call.query
    found = filters.holding(call.services.endpoints.list(), "tags", query.get("tags", ""))
    records = [*filters.holding(found, "properties.properties", query.get("properties", ""))]
    if wanted := query.get("name"):
        records = [record for record in records if record.name.lower() == wanted.lower()]
    if query.get("computeType", MANAGED).lower() != MANAGED:
        records = []  # the other types are Kubernetes and AzureMLCompute, which are not here
    if query.get("orderBy", "").lower() in {"createdtimedesc", "updatedtimedesc"}:
        records.reverse()
    return call.page(records, partial(render, call))


async def get_endpoint(call: Call) -> Response:
    """OnlineEndpoints_Get."""
    return json_response(render(call, call.services.endpoints.get(call.name("endpoint"))))


async def put_endpoint(call: Call) -> Response:
    """OnlineEndpoints_CreateOrUpdate."""
    accepted = call.services.endpoints.write(call.name("endpoint"), await call.body(EndpointBody))
    return call.written(render(call, accepted.record), accepted.operation, created=accepted.created)


async def patch_endpoint(call: Call) -> Response:
    """OnlineEndpoints_Update."""
    record = call.services.endpoints.patch(call.name("endpoint"), await call.body(EndpointPatch))
    return json_response(render(call, record))


async def delete_endpoint(call: Call) -> Response:
    """OnlineEndpoints_Delete."""
    accepted = call.services.endpoints.delete(call.name("endpoint"))
    return call.accepted(accepted.operation) if accepted else Response(status_code=204)


async def list_keys(call: Call) -> Response:
    """OnlineEndpoints_ListKeys."""
    return json_response(call.services.endpoint_secrets.keys(call.name("endpoint")))


async def regenerate_keys(call: Call) -> Response:
    """OnlineEndpoints_RegenerateKeys."""
    body = await call.body(RegenerateKeysBody)
    return call.accepted(call.services.endpoint_secrets.regenerate(call.name("endpoint"), body))


async def get_token(call: Call) -> Response:
    """OnlineEndpoints_GetToken; times are seconds since the epoch."""
    token, expires = await call.services.endpoint_secrets.token(call.name("endpoint"))
    return json_response(
        {
            "accessToken": token,
            "expiryTimeUtc": int(expires),
            "refreshAfterTimeUtc": int(expires - _REFRESH_MARGIN_S),
            "tokenType": "Bearer",
        }
    )


OPERATIONS = [
    Operation("OnlineEndpoints_List", "GET", "/onlineEndpoints", list_endpoints),
    Operation("OnlineEndpoints_Get", "GET", _ONE, get_endpoint),
    Operation("OnlineEndpoints_CreateOrUpdate", "PUT", _ONE, put_endpoint),
    Operation("OnlineEndpoints_Update", "PATCH", _ONE, patch_endpoint),
    Operation("OnlineEndpoints_Delete", "DELETE", _ONE, delete_endpoint),
    Operation("OnlineEndpoints_ListKeys", "POST", f"{_ONE}/listKeys", list_keys),
    Operation("OnlineEndpoints_RegenerateKeys", "POST", f"{_ONE}/regenerateKeys", regenerate_keys),
    Operation("OnlineEndpoints_GetToken", "POST", f"{_ONE}/token", get_token),
]
