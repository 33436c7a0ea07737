"""Routes at which a client polls a long-running operation."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retailctl.emulator.arm.errors import not_found
from retailctl.emulator.arm.operations import OperationStatus, retry_headers
from retailctl.emulator.routes.call import json_response
from retailctl.emulator.routes.table import LOCATION, any_case
from retailctl.emulator.services.services import Services
from retailctl.emulator.store.operations import Operation


def _operation(request: Request) -> Operation:
    services: Services = request.app.state.services
    identifier = request.path_params["operation"]
    operation = services.context.operations.find(identifier)
    if operation is None:
        raise not_found(f"operation '{identifier}'")
    return operation


def _wait(request: Request, operation: Operation) -> dict[str, str]:
    services: Services = request.app.state.services
    return {} if operation.status.terminal else retry_headers(services.context.pace.poll_s)


async def status(request: Request) -> Response:
    """Where an operation stands, as Azure-AsyncOperation describes it."""
    operation = _operation(request)
    document = {
        "id": request.url.path,
        "name": operation.id,
        "status": operation.status.value,
        "startTime": operation.started,
        "endTime": operation.ended,
        "error": operation.error,
    }
    shown = {key: value for key, value in document.items() if value is not None}
    return json_response(shown, headers=_wait(request, operation))


async def result(request: Request) -> Response:
    """What Location leads to: 202 while it runs, then 200, or the error that ended it."""
    operation = _operation(request)
    if not operation.status.terminal:
        return Response(status_code=202, headers={"Location": str(request.url), **_wait(request, operation)})
    if operation.status is OperationStatus.FAILED:
        return json_response({"error": operation.error}, 400)
    return Response(status_code=200)


ROUTES = [
    any_case(
        Route(f"{LOCATION}/mfeOperationsStatus/{{operation}}", status, methods=["GET"], name="Operations_GetStatus")
    ),
    any_case(
        Route(f"{LOCATION}/mfeOperationResults/{{operation}}", result, methods=["GET"], name="Operations_GetResult")
    ),
]
