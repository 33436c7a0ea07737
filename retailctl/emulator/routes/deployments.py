"""Routes of online deployments."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.responses import Response

from retailctl.emulator.arm.bodies.deployments import DeploymentBody, DeploymentPatch, LogsBody
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import Operation
from retailctl.emulator.runners.slots import Container
from retailctl.emulator.services.deployment_rules import MOST_INSTANCES
from retailctl.emulator.store.resources import Record

_ALL = "/onlineEndpoints/{endpoint}/deployments"
_ONE = f"{_ALL}/{{deployment}}"
_CONTAINERS: dict[str, Container] = {
    "InferenceServer": "inference-server",
    "StorageInitializer": "storage-initializer",
}


def _render(call: Call, record: Record) -> dict[str, Any]:
    return call.resource(record, "onlineEndpoints", record.parent, "deployments", record.name)


def _names(call: Call) -> tuple[str, str]:
    return call.name("endpoint"), call.name("deployment")


async def list_deployments(call: Call) -> Response:
    """OnlineDeployments_List."""
    return call.page(call.services.deployments.list(call.name("endpoint")), partial(_render, call))


async def get_deployment(call: Call) -> Response:
    """OnlineDeployments_Get."""
    return json_response(_render(call, call.services.deployments.get(*_names(call))))


async def put_deployment(call: Call) -> Response:
    """OnlineDeployments_CreateOrUpdate."""
    accepted = call.services.deployments.write(*_names(call), await call.body(DeploymentBody))
    return call.written(_render(call, accepted.record), accepted.operation, created=accepted.created)


async def patch_deployment(call: Call) -> Response:
    """OnlineDeployments_Update."""
    accepted = call.services.deployments.patch(*_names(call), await call.body(DeploymentPatch))
    return call.accepted(accepted.operation)


async def delete_deployment(call: Call) -> Response:
    """OnlineDeployments_Delete."""
    accepted = call.services.deployments.delete(*_names(call))
    return call.accepted(accepted.operation) if accepted else Response(status_code=204)


async def get_logs(call: Call) -> Response:
    """OnlineDeployments_GetLogs."""
    body = await call.body(LogsBody)
    container = _CONTAINERS[body.container_type or "InferenceServer"]
    return json_response({"content": call.services.deployments.logs(*_names(call), container, body.tail)})


async def list_skus(call: Call) -> Response:
    """OnlineDeployments_ListSkus."""
    record = call.services.deployments.get(*_names(call))
    capacity = {"minimum": 1, "maximum": MOST_INSTANCES, "default": 1, "scaleType": "Manual"}
    resource_type = _render(call, record)["type"]
    return call.page([{"resourceType": resource_type, "sku": {"name": "Default"}, "capacity": capacity}])


OPERATIONS = [
    Operation("OnlineDeployments_List", "GET", _ALL, list_deployments),
    Operation("OnlineDeployments_Get", "GET", _ONE, get_deployment),
    Operation("OnlineDeployments_CreateOrUpdate", "PUT", _ONE, put_deployment),
    Operation("OnlineDeployments_Update", "PATCH", _ONE, patch_deployment),
    Operation("OnlineDeployments_Delete", "DELETE", _ONE, delete_deployment),
    Operation("OnlineDeployments_GetLogs", "POST", f"{_ONE}/getLogs", get_logs),
    Operation("OnlineDeployments_ListSkus", "GET", f"{_ONE}/skus", list_skus),
]
