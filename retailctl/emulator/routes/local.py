"""What the cloud does not have: the state of this server, its pace, and faults on purpose. All under `/_local/`."""

from __future__ import annotations

import os

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retailctl.emulator.arm.bodies.shape import RequiredText, Shape
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.services.services import Services


class _PaceBody(Shape):
    pace: RequiredText


def _call(request: Request) -> Call:
    services: Services = request.app.state.services
    return Call(request, services)


async def get_status(request: Request) -> Response:
    """The process, its pace and its runner; also what tells that the server answers."""
    context = _call(request).services.context
    about = {"pid": os.getpid(), "url": context.url, "pace": context.pace.name}
    return json_response({**about, "runner": context.programs.describe()})


async def put_pace(request: Request) -> Response:
    """Change the pace."""
    call = _call(request)
    call.services.context.pace.set((await call.body(_PaceBody)).pace)
    return json_response({"pace": call.services.context.pace.name})


async def list_faults(request: Request) -> Response:
    """The faults in force."""
    return json_response({"value": _call(request).services.context.faults.list()})


async def add_fault(request: Request) -> Response:
    """Put a fault in force."""
    call = _call(request)
    return json_response(call.services.context.faults.add(await call.json()).document(), 201)


async def clear_faults(request: Request) -> Response:
    """End every fault, or the one that is named."""
    _call(request).services.context.faults.clear(request.path_params.get("fault"))
    return Response(status_code=204)


ROUTES = [
    Route("/_local/status", get_status, methods=["GET"]),
    Route("/_local/pace", put_pace, methods=["PUT"]),
    Route("/_local/faults", list_faults, methods=["GET"]),
    Route("/_local/faults", add_fault, methods=["POST"]),
    Route("/_local/faults", clear_faults, methods=["DELETE"]),
    Route("/_local/faults/{fault}", clear_faults, methods=["DELETE"]),
]
