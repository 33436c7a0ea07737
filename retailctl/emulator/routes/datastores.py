"""Routes of datastores."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from retailctl.emulator.arm.resources import resource
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import Operation


def _render(call: Call, name: str) -> dict[str, Any]:
    datastores, scope = call.services.datastores, call.services.context.scope
    document = datastores.document(name)
    return resource(scope, ("datastores", name), datastores.created, datastores.created, document)


async def list_datastores(call: Call) -> Response:
    """Datastores_List; `isDefault=true` asks for the default one alone."""
    found = [_render(call, name) for name in call.services.datastores.names()]
    if call.query.get("isDefault", "").lower() == "true":
        found = [each for each in found if each["properties"]["isDefault"]]
    if wanted := call.query.get("names", ""):
        found = [each for each in found if each["name"] in {name.strip() for name in wanted.split(",")}]
    if text := call.query.get("searchText", ""):
        found = [each for each in found if text.lower() in each["name"].lower()]
    return call.page(found)


async def get_datastore(call: Call) -> Response:
    """Datastores_Get."""
    return json_response(_render(call, call.name("datastore")))


async def list_secrets(call: Call) -> Response:
    """Datastores_ListSecrets."""
    return json_response(call.services.datastores.secrets(call.name("datastore")))


OPERATIONS = [
    Operation("Datastores_List", "GET", "/datastores", list_datastores),
    Operation("Datastores_Get", "GET", "/datastores/{datastore}", get_datastore),
    Operation("Datastores_ListSecrets", "POST", "/datastores/{datastore}/listSecrets", list_secrets),
]
