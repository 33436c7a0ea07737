"""Routes of the workspace: itself, the list it is in, and the addresses of its data-plane services."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.arm.ids import PROVIDER
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import GROUP, Operation, any_case
from retailctl.emulator.routes.versions import check_api_version, warn
from retailctl.emulator.services.services import Services

# azure-ai-ml reads this one without a token; it names no more than this server.
DISCOVERY = "/discovery"


async def get_workspace(call: Call) -> Response:
    """Workspaces_Get."""
    return json_response(call.services.workspace.describe())


async def list_workspaces(request: Request) -> Response:
    """Workspaces_ListBySubscription and Workspaces_ListByResourceGroup."""
    services: Services = request.app.state.services
    check_api_version(request, loose=services.context.loose)
    scope, asked = services.context.scope, request.path_params
    if asked["subscription"].lower() != scope.subscription_id.lower():
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{asked['subscription']}' could not be found.")
    here = asked.get("group", scope.resource_group).lower() == scope.resource_group.lower()
    return warn(request, json_response({"value": [services.workspace.describe()] if here else []}))


async def discovery(request: Request) -> Response:
    """Where the services beside the management API answer: here, all of them."""
    services: Services = request.app.state.services
    url = services.context.url
    return json_response({"api": url, "history": url, "modelmanagement": url, "studio": url})


OPERATIONS = [Operation("Workspaces_Get", "GET", "", get_workspace)]
_LISTS = {
    "Workspaces_ListBySubscription": "/subscriptions/{subscription}",
    "Workspaces_ListByResourceGroup": GROUP,
}
ROUTES = [
    *(
        any_case(Route(f"{scope}/providers/{PROVIDER}/workspaces", list_workspaces, methods=["GET"], name=name))
        for name, scope in _LISTS.items()
    ),
    Route(DISCOVERY, discovery, methods=["GET"]),
]
