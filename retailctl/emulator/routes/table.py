"""Which paths and methods are which operations of the workspace.

An operation is known by the name that the published API description gives it (`OnlineEndpoints_Get`), its method
and its path below the workspace. `arm_routes` turns operations into routes that check scope and api-version
first.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from retailctl.emulator.arm.errors import ArmError, not_implemented
from retailctl.emulator.arm.ids import PROVIDER
from retailctl.emulator.arm.published import operation_name
from retailctl.emulator.routes.call import Call
from retailctl.emulator.routes.versions import check_api_version, warn
from retailctl.emulator.services.services import Services

GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
WORKSPACE = f"{GROUP}/providers/{PROVIDER}/workspaces/{{workspace}}"
LOCATION = f"/subscriptions/{{subscription}}/providers/{PROVIDER}/locations/{{location}}"

Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """What the workspace can be asked: `path` is below the workspace's own."""

    name: str
    method: str
    path: str
    handler: Handler


def unsupported(method: str, path: str) -> ArmError:
    """The refusal of what Azure may well know and this server does not, by the published name of the operation."""
    _, found, below = path.partition(f"/{PROVIDER}/")
    _, workspace, inside = below.partition("workspaces/")
    name = operation_name(method, inside.partition("/")[2]) if found and workspace and inside else None
    asked = f"{method} {below or path}"
    return not_implemented(f"{name} ({asked})" if name else asked)


def any_case(route: Route) -> Route:
    """The route for any spelling of its fixed parts, since ARM paths ignore case."""
    route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    return route


class _OperationRoute(Route):
    """An operation's route, one of sixty: its pattern is tried only where the fixed parts of a path agree."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(
            WORKSPACE + operation.path, _endpoint(operation), methods=[operation.method], name=operation.name
        )
        self._fixed = _fixed_parts(self.path)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As of any route."""
        if _FIXED not in scope:
            scope[_FIXED] = _fixed_parts(scope["path"])
        return super().matches(scope) if scope[_FIXED] == self._fixed else (Match.NONE, {})


_FIXED = "retailctl.fixed_parts"


def _fixed_parts(path: str) -> tuple[str | int, ...]:
    """How many parts there are, and every other one: an ARM path is of types and names in turn."""
    parts = path.lower().split("/")
    return (len(parts), *parts[1::2])


def arm_routes(found: Iterable[Operation]) -> list[Route]:
    """Operations as routes."""
    return [any_case(_OperationRoute(each)) for each in found]


def scoped_route(path: str, handler: Handler, method: str = "GET") -> Route:
    """A route of another service that names the workspace in its path; such services have no api-versions of ARM."""

    async def answer(request: Request) -> Response:
        services: Services = request.app.state.services
        check_scope(request, services)
        return await handler(Call(request, services))

    return any_case(Route(path, answer, methods=[method]))


def _endpoint(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        services: Services = request.app.state.services
        check_scope(request, services)
        check_api_version(request, loose=services.context.loose)
        return warn(request, await operation.handler(Call(request, services)))

    return answer


def check_scope(request: Request, services: Services) -> None:
    """Raise ArmError (404) unless the path names this subscription, group and workspace."""
    scope, asked = services.context.scope, request.path_params
    if asked["subscription"].lower() != scope.subscription_id.lower():
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{asked['subscription']}' could not be found.")
    if asked["group"].lower() != scope.resource_group.lower():
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{asked['group']}' could not be found.")
    if asked["workspace"].lower() != scope.workspace.lower():
        raise ArmError(
            404,
            "ResourceNotFound",
            f"The Resource '{PROVIDER}/workspaces/{asked['workspace']}' under resource group '{asked['group']}'"
            " was not found.",
        )
