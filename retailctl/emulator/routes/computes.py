"""Routes of computes, and of the machine sizes and quotas of the location."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retailctl.emulator.arm.ids import PROVIDER
from retailctl.emulator.arm.resources import resource
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import LOCATION, Operation, any_case
from retailctl.emulator.services.catalogue import CLUSTERS, QUOTA_CORES, SIZES, Cluster, cluster, describe
from retailctl.emulator.services.services import Services


def _render(call: Call, found: Cluster) -> dict[str, Any]:
    scope, created = call.services.context.scope, call.services.workspace.created
    return resource(scope, ("computes", found.name), created, created, describe(found, scope, created))


async def list_computes(call: Call) -> Response:
    """Compute_List."""
    return call.page(CLUSTERS, partial(_render, call))


async def get_compute(call: Call) -> Response:
    """Compute_Get."""
    return json_response(_render(call, cluster(call.name("compute"))))


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
    Operation("Compute_Get", "GET", "/computes/{compute}", get_compute),
]
ROUTES = [
    any_case(Route(f"{LOCATION}/vmSizes", list_sizes, methods=["GET"], name="VirtualMachineSizes_List")),
    any_case(Route(f"{LOCATION}/usages", list_usages, methods=["GET"], name="Usages_List")),
]
