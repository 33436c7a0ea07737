"""One request to an operation of the workspace, and the answers that operations give.

An operation is known by the name that the published API description gives it (`OnlineEndpoints_Get`), its method
and its path below the workspace. `arm_routes` turns operations into routes that check scope and api-version
first.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retailctl.emulator.arm import operations
from retailctl.emulator.arm.bodies.shape import ShapeT, parse
from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.arm.ids import PROVIDER
from retailctl.emulator.arm.paging import page
from retailctl.emulator.arm.resources import resource
from retailctl.emulator.services.services import Services
from retailctl.emulator.store.operations import Operation as StoredOperation
from retailctl.emulator.store.resources import Record

MAX_BODY_BYTES = 4 * 2**20
API_VERSIONS = frozenset(
    {
        "2022-02-01-preview",
        "2022-05-01",
        "2022-10-01",
        "2022-10-01-preview",
        "2023-02-01-preview",
        "2023-04-01",
        "2023-04-01-preview",
        "2023-06-01-preview",
        "2023-08-01-preview",
        "2023-10-01",
        "2024-01-01-preview",
        "2024-04-01",
        "2024-04-01-preview",
        "2024-10-01",
        "2024-10-01-preview",
        "2025-01-01-preview",
        "2025-12-01",
    }
)
_WORKSPACE_ROUTE = (
    f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{PROVIDER}/workspaces/{{workspace}}"
)


def json_response(
    document: Any, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = "application/json"
) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(document), status, headers, media_type)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with the services that answer it."""

    request: Request
    services: Services

    def name(self, parameter: str) -> str:
        """A part of the path."""
        value: str = self.request.path_params[parameter]
        return value

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters."""
        return self.request.query_params

    async def json(self) -> Any:
        """The body, decoded. Raises ArmError (400, 413)."""
        chunks, size = [], 0
        async for chunk in self.request.stream():
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                raise ArmError(413, "RequestContentTooLarge", f"A body may have {MAX_BODY_BYTES} bytes.")
            chunks.append(chunk)
        try:
            return orjson.loads(b"".join(chunks) or b"{}")
        except orjson.JSONDecodeError as error:
            raise ArmError(400, "InvalidRequestContent", f"The body is not JSON: {error}.") from error

    async def body(self, shape: type[ShapeT]) -> ShapeT:
        """The body as a shape. Raises ArmError (400, 413)."""
        return parse(shape, await self.json())

    def resource(self, record: Record, *segments: str) -> dict[str, Any]:
        """A record as an ARM resource at these segments below the workspace."""
        return resource(self.services.context.scope, segments, record.created, record.modified, record.body)

    def page(self, items: Iterable[Any]) -> Response:
        """A page of a list."""
        url = self.services.context.url + self.request.url.path
        return json_response(page(list(items), url, self.query))

    def operation_headers(self, operation: StoredOperation, *, location: bool = False) -> dict[str, str]:
        """Headers that announce a long-running operation."""
        context = self.services.context
        version = self.query.get("api-version", "2024-04-01")
        return operations.headers(
            context.url, context.scope, operation.id, version, context.pace.poll_s, location=location
        )

    def written(self, document: Any, operation: StoredOperation, *, created: bool) -> Response:
        """The first answer of a long PUT: the resource as it is now."""
        return json_response(document, 201 if created else 200, self.operation_headers(operation))

    def accepted(self, operation: StoredOperation) -> Response:
        """The first answer of a long DELETE or POST."""
        return Response(status_code=202, headers=self.operation_headers(operation, location=True))


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """What the workspace can be asked: `path` is below the workspace's own."""

    name: str
    method: str
    path: str
    handler: Handler


def any_case(route: Route) -> Route:
    """The route for any spelling of its fixed parts, since ARM paths ignore case."""
    route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    return route


def arm_routes(found: Iterable[Operation]) -> list[Route]:
    """Operations as routes."""
    return [
        any_case(Route(_WORKSPACE_ROUTE + each.path, _endpoint(each), methods=[each.method], name=each.name))
        for each in found
    ]


def _endpoint(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        services: Services = request.app.state.services
        check_scope(request, services)
        check_api_version(request)
        return await operation.handler(Call(request, services))

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


def check_api_version(request: Request) -> None:
    """Raise ArmError (400) unless the request names an api-version that is known here."""
    version = request.query_params.get("api-version")
    if not version:
        raise ArmError(400, "MissingApiVersionParameter", "The query parameter api-version is required.")
    if version not in API_VERSIONS:
        message = f"The api-version '{version}' is not supported here. Supported: {', '.join(sorted(API_VERSIONS))}."
        raise ArmError(400, "NoRegisteredProviderFound", message)
