"""What the cloud does not have: the state of this server, its pace, and faults on purpose. All under `/_local/`."""

from __future__ import annotations

import os
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retailctl.emulator.arm.bodies.shape import parse
from retailctl.emulator.arm.errors import invalid_body
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.services.chaos import ChaosBody
from retailctl.emulator.services.context import Context
from retailctl.emulator.services.services import Services


def _call(request: Request) -> Call:
    services: Services = request.app.state.services
    return Call(request, services)


def _context(request: Request) -> Context:
    return _call(request).services.context


async def get_status(request: Request) -> Response:
    """The process, its pace and its runner; also what tells that the server answers."""
    context = _context(request)
    about = {"pid": os.getpid(), "url": context.url, "pace": context.pace.name}
    return json_response({**about, "runner": context.programs.describe()})


async def get_pace(request: Request) -> Response:
    """The pace, and what each transition takes at it."""
    return json_response(_context(request).pace.document())


async def put_pace(request: Request) -> Response:
    """Change the pace."""
    pace = _context(request).pace
    pace.set(await _call(request).json())
    return json_response(pace.document())


async def list_transitions(request: Request) -> Response:
    """The transitions that wait."""
    return json_response({"value": [each.document() for each in _context(request).pace.waiting()]})


async def step(request: Request) -> Response:
    """Let one transition go on, or all that wait."""
    pace, which = _context(request).pace, request.path_params.get("which")
    gone_on = pace.step_all() if which is None else [pace.step(which)]
    return json_response({"value": [each.document() for each in gone_on]})


async def list_faults(request: Request) -> Response:
    """The faults in force."""
    return json_response({"value": _context(request).faults.list()})


async def add_fault(request: Request) -> Response:
    """Put a fault in force."""
    document = await _call(request).json()
    _check_operation(request, document)
    services = _call(request).services
    fault = services.context.faults.add(document)
    await services.data_plane.follow_faults()
    return json_response(fault.document(), 201)


def _check_operation(request: Request, document: Any) -> None:
    asked = document.get("operation") if isinstance(document, dict) else None
    known = {route.name.lower() for route in request.app.routes if isinstance(route, Route)}
    if isinstance(asked, str) and asked.lower() not in known:
        raise invalid_body("operation", f"{asked!r} is no operation of this server, such as OnlineEndpoints_Get")


async def clear_faults(request: Request) -> Response:
    """End every fault, or the one that is named."""
    services = _call(request).services
    services.context.faults.clear(request.path_params.get("fault"))
    await services.data_plane.follow_faults()
    return Response(status_code=204)


async def get_chaos(request: Request) -> Response:
    """Chaos mode, and what it has dealt out."""
    return json_response(_context(request).faults.chaos())


async def put_chaos(request: Request) -> Response:
    """Begin chaos mode anew."""
    call = _call(request)
    faults = call.services.context.faults
    faults.unleash(parse(ChaosBody, await call.json()).chaos())
    await call.services.data_plane.follow_faults()
    return json_response(faults.chaos())


async def end_chaos(request: Request) -> Response:
    """End chaos mode."""
    services = _call(request).services
    services.context.faults.unleash(None)
    await services.data_plane.follow_faults()
    return Response(status_code=204)


ROUTES = [
    Route("/_local/status", get_status, methods=["GET"]),
    Route("/_local/pace", get_pace, methods=["GET"]),
    Route("/_local/pace", put_pace, methods=["PUT"]),
    Route("/_local/transitions", list_transitions, methods=["GET"]),
    Route("/_local/transitions/step", step, methods=["POST"]),
    Route("/_local/transitions/{which}/step", step, methods=["POST"]),
    Route("/_local/faults", list_faults, methods=["GET"]),
    Route("/_local/faults", add_fault, methods=["POST"]),
    Route("/_local/faults", clear_faults, methods=["DELETE"]),
    Route("/_local/faults/{fault}", clear_faults, methods=["DELETE"]),
    Route("/_local/chaos", get_chaos, methods=["GET"]),
    Route("/_local/chaos", put_chaos, methods=["PUT"]),
    Route("/_local/chaos", end_chaos, methods=["DELETE"]),
]
