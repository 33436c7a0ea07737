"""One request, what is read from it, and the answers that operations give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from retailctl.emulator.arm import operations
from retailctl.emulator.arm.bodies.shape import ShapeT, parse
from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.arm.paging import Item, as_it_is, page
from retailctl.emulator.arm.resources import resource
from retailctl.emulator.services.services import Services
from retailctl.emulator.store.operations import Operation as StoredOperation
from retailctl.emulator.store.resources import Record

MAX_BODY_BYTES = 4 * 2**20


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

    def page(self, items: Iterable[Item], show: Callable[[Item], Any] = as_it_is) -> Response:
        """A page of a list, as `show` makes its items read."""
        url = self.services.context.url + self.request.url.path
        return json_response(page(items, url, self.query, show))

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
