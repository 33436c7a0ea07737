"""Routes of computes, and of the machine sizes and quotas of the location."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retailctl.emulator.arm.bodies.computes import ClusterBody, ClusterPatch, ComputeTypeBody
from retailctl.emulator.arm.bodies.shape import parse
from retailctl.emulator.arm.errors import not_implemented
from retailctl.emulator.arm.ids import PROVIDER
from retailctl.emulator.arm.resources import resource
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import LOCATION, Operation, any_case
from retailctl.emulator.services.catalogue import QUOTA_CORES, SIZES, describe
from retailctl.emulator.services.computes import Kept
from retailctl.emulator.services.services import Services

_ONE = "/computes/{compute}"


def _render(call: Call, kept: Kept) -> dict[str, Any]:
    scope, born = call.services.context.scope, call.services.workspace.created
    created, modified = kept.created or born, kept.modified or born
    document = describe(kept.cluster, scope, created, modified)
    return resource(scope, ("computes", kept.cluster.name), created, modified, document)


async def list_computes(call: Call) -> Response:
    """Compute_List."""
    return call.page(_render(call, each) for each in call.services.computes.list())


async def get_compute(call: Call) -> Response:
    """Compute_Get."""
    return json_response(_render(call, call.services.computes.get(call.name("compute"))))


async def put_compute(call: Call) -> Response:
    """Compute_CreateOrUpdate: clusters alone."""
    document = await call.json()
    kind = parse(ComputeTypeBody, document).properties.compute_type
    if kind.lower() != "amlcompute":
        raise not_implemented(f"computes of type {kind}")
    kept, operation, created = call.services.computes.write(call.name("compute"), parse(ClusterBody, document))
    return call.written(_render(call, kept), operation, created=created)


async def patch_compute(call: Call) -> Response:
    """Compute_Update."""
    patch = await call.body(ClusterPatch)
    kept, operation = call.services.computes.scale(call.name("compute"), patch.scale)
    return call.written(_render(call, kept), operation, created=False)


async def delete_compute(call: Call) -> Response:
    """Compute_Delete."""
    operation = call.services.computes.delete(call.name("compute"))
    return call.accepted(operation) if operation else Response(status_code=204)


async def list_sizes(request: Request) -> Response:
    """VirtualMachineSizes_List."""
    return json_response(
        {
            "value": [
                {"name": size.name, "family": size.family, "vCPUs": size.cores, "memoryGB": size.memory_gb, "gpus": 0}
                for size in SIZES
            ]
        }
    )


async def list_usages(request: Request) -> Response:
    """Usages_List: cores in use by deployments and their limit, by family."""
    services: Services = request.app.state.services
    used = services.deployments.cores_in_use()
    families = dict.fromkeys(size.family for size in SIZES)
    return json_response({"value": [_usage(services, family, used.get(family, 0)) for family in families]})


def _usage(services: Services, family: str, cores: int) -> dict[str, Any]:
    scope = services.context.scope
    location = f"/subscriptions/{scope.subscription_id}/providers/{PROVIDER}/locations/{scope.location}"
    return {
        "id": f"{location}/usages/{family}",
        "type": f"{PROVIDER}/usages",
        "unit": "Count",
        "currentValue": cores,
        "limit": QUOTA_CORES,
        "name": {"value": family, "localizedValue": family},
    }


OPERATIONS = [
    Operation("Compute_List", "GET", "/computes", list_computes),
    Operation("Compute_Get", "GET", _ONE, get_compute),
    Operation("Compute_CreateOrUpdate", "PUT", _ONE, put_compute),
    Operation("Compute_Update", "PATCH", _ONE, patch_compute),
    Operation("Compute_Delete", "DELETE", _ONE, delete_compute),
]
ROUTES = [
    any_case(Route(f"{LOCATION}/vmSizes", list_sizes, methods=["GET"], name="VirtualMachineSizes_List")),
    any_case(Route(f"{LOCATION}/usages", list_usages, methods=["GET"], name="Usages_List")),
]
