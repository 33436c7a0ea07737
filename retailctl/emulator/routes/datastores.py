"""Routes of datastores."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from retailctl.emulator.arm.bodies.datastores import BlobDatastoreBody, DatastoreTypeBody
from retailctl.emulator.arm.bodies.shape import parse
from retailctl.emulator.arm.errors import not_implemented
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import Operation
from retailctl.emulator.store.resources import Record

_ONE = "/datastores/{datastore}"


def _render(call: Call, record: Record) -> dict[str, Any]:
    return call.resource(record, "datastores", record.name)


async def list_datastores(call: Call) -> Response:
    """Datastores_List; `isDefault=true` asks for the default one alone."""
    found = [_render(call, record) for record in call.services.datastores.list()]
    if call.query.get("isDefault", "").lower() == "true":
        found = [each for each in found if each["properties"]["isDefault"]]
    if wanted := call.query.get("names", ""):
        found = [each for each in found if each["name"] in {name.strip() for name in wanted.split(",")}]
    if text := call.query.get("searchText", ""):
        found = [each for each in found if text.lower() in each["name"].lower()]
    return call.page(found)


async def get_datastore(call: Call) -> Response:
    """Datastores_Get."""
    return json_response(_render(call, call.services.datastores.get(call.name("datastore"))))


async def put_datastore(call: Call) -> Response:
    """Datastores_CreateOrUpdate: Blob datastores alone."""
    document = await call.json()
    kind = parse(DatastoreTypeBody, document).properties.datastore_type
    if kind.lower() != "azureblob":
        raise not_implemented(f"datastores of type {kind}")
    checked = call.query.get("skipValidation", "").lower() != "true"
    body = parse(BlobDatastoreBody, document)
    record, created = call.services.datastores.write(call.name("datastore"), body, checked=checked)
    return json_response(_render(call, record), 201 if created else 200)


async def delete_datastore(call: Call) -> Response:
    """Datastores_Delete."""
    return Response(status_code=200 if call.services.datastores.delete(call.name("datastore")) else 204)


async def list_secrets(call: Call) -> Response:
    """Datastores_ListSecrets."""
    return json_response(call.services.datastores.secrets(call.name("datastore")))


OPERATIONS = [
    Operation("Datastores_List", "GET", "/datastores", list_datastores),
    Operation("Datastores_Get", "GET", _ONE, get_datastore),
    Operation("Datastores_CreateOrUpdate", "PUT", _ONE, put_datastore),
    Operation("Datastores_Delete", "DELETE", _ONE, delete_datastore),
    Operation("Datastores_ListSecrets", "POST", f"{_ONE}/listSecrets", list_secrets),
]
