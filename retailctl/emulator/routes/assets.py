"""Routes of the versioned assets: codes, data, environments and models have the same ones."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.responses import Response

from retailctl.emulator.arm.bodies.assets import PendingUploadBody
from retailctl.emulator.routes import filters
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import Operation
from retailctl.emulator.services.asset_kinds import CODES, DATA, ENVIRONMENTS, MODELS, AssetKind
from retailctl.emulator.services.assets import Assets
from retailctl.emulator.services.documents import ACTIVE
from retailctl.emulator.store.resources import Record


def _container(call: Call, assets: Assets, record: Record) -> dict[str, Any]:
    found = call.resource(record, assets.kind.collection, record.name)
    found["properties"] = {**found["properties"], **assets.numbers(record)}
    found["properties"].pop("isAnonymous", None)
    return found


def _version(call: Call, kind: AssetKind, record: Record) -> dict[str, Any]:
    return call.resource(record, kind.collection, record.parent, "versions", record.name)


class _AssetRoutes:
    """The handlers for one kind."""

    def __init__(self, kind: AssetKind) -> None:
        self._kind = kind

    def _assets(self, call: Call) -> Assets:
        return call.services.assets[self._kind.collection]

    async def list_containers(self, call: Call) -> Response:
        assets = self._assets(call)
        records = assets.list_containers(call.query.get("listViewType", ACTIVE))
        return call.page(records, partial(_container, call, assets))

    async def get_container(self, call: Call) -> Response:
        assets = self._assets(call)
        return json_response(_container(call, assets, assets.get_container(call.name("name"))))

    async def put_container(self, call: Call) -> Response:
        assets = self._assets(call)
        record, created = assets.put_container(call.name("name"), await call.body(self._kind.container_body))
        return json_response(_container(call, assets, record), 201 if created else 200)

    async def delete_container(self, call: Call) -> Response:
        return Response(status_code=200 if self._assets(call).delete_container(call.name("name")) else 204)

    async def list_versions(self, call: Call) -> Response:
        assets, query = self._assets(call), call.query
        oldest_first = query.get("$orderBy", "").lower().strip() in {"createdtime", "createdtime asc"}
        records = assets.list_versions(
            call.name("name"), query.get("listViewType", ACTIVE), newest_first=not oldest_first
        )
        records = filters.holding(records, "properties.tags", query.get("tags", "") or query.get("$tags", ""))
        records = filters.holding(records, "properties.properties", query.get("properties", ""))
        records = filters.equal(records, "stage", query.get("stage", ""))
        if wanted := query.get("version"):
            records = (record for record in records if record.name == wanted)
        return call.page(records, partial(_version, call, self._kind))

    async def get_version(self, call: Call) -> Response:
        record = self._assets(call).get_version(call.name("name"), call.name("version"))
        return json_response(_version(call, self._kind, record))

    async def put_version(self, call: Call) -> Response:
        body = await call.body(self._kind.body)
        record, created = self._assets(call).put_version(call.name("name"), call.name("version"), body.properties)
        return json_response(_version(call, self._kind, record), 201 if created else 200)

    async def delete_version(self, call: Call) -> Response:
        deleted = self._assets(call).delete_version(call.name("name"), call.name("version"))
        return Response(status_code=200 if deleted else 204)


def _operations(kind: AssetKind, singular: str) -> list[Operation]:
    routes = _AssetRoutes(kind)
    one, version = f"/{kind.collection}/{{name}}", f"/{kind.collection}/{{name}}/versions/{{version}}"
    containers, versions = f"{singular}Containers", f"{singular}Versions"
    return [
        Operation(f"{containers}_List", "GET", f"/{kind.collection}", routes.list_containers),
        Operation(f"{containers}_Get", "GET", one, routes.get_container),
        Operation(f"{containers}_CreateOrUpdate", "PUT", one, routes.put_container),
        Operation(f"{containers}_Delete", "DELETE", one, routes.delete_container),
        Operation(f"{versions}_List", "GET", f"{one}/versions", routes.list_versions),
        Operation(f"{versions}_Get", "GET", version, routes.get_version),
        Operation(f"{versions}_CreateOrUpdate", "PUT", version, routes.put_version),
        Operation(f"{versions}_Delete", "DELETE", version, routes.delete_version),
    ]


async def list_codes(call: Call) -> Response:
    """CodeVersions_List: by content hash, before an upload, to find a snapshot that is there already."""
    records = call.services.codes.versions(call.name("name"), call.query.get("hash"), call.query.get("hashVersion"))
    return call.page(records, partial(_version, call, CODES))


async def start_pending_upload(call: Call) -> Response:
    """CodeVersions_CreateOrGetStartPendingUpload: where a code snapshot is uploaded to."""
    await call.body(PendingUploadBody)
    target = call.services.codes.upload_target(call.name("name"), call.name("version"))
    return json_response(
        {
            "pendingUploadId": target.upload_id,
            "pendingUploadType": "TemporaryBlobReference",
            "blobReferenceForConsumption": {
                "blobUri": target.url,
                "storageAccountArmId": call.services.workspace.storage_account_id,
                "credential": {"credentialType": "SAS", "sasUri": f"{target.url}?{target.sas}"},
            },
        }
    )


def _without(operations: list[Operation], name: str) -> list[Operation]:
    return [each for each in operations if each.name != name]


_CODE_VERSIONS = "/codes/{name}/versions"
OPERATIONS = [
    *_without(_operations(CODES, "Code"), "CodeVersions_List"),
    Operation("CodeVersions_List", "GET", _CODE_VERSIONS, list_codes),
    Operation(
        "CodeVersions_CreateOrGetStartPendingUpload",
        "POST",
        f"{_CODE_VERSIONS}/{{version}}/startPendingUpload",
        start_pending_upload,
    ),
    *_operations(DATA, "Data"),
    *_operations(ENVIRONMENTS, "Environment"),
    *_operations(MODELS, "Model"),
]
