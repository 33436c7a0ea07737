"""Routes of the run history service, and those that resolve what runs put out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retailctl.emulator.arm.bodies.jobs import RunPatch
from retailctl.emulator.arm.bodies.shape import RequiredText, Shape
from retailctl.emulator.arm.ids import PROVIDER
from retailctl.emulator.routes.call import Call, any_case, check_scope, json_response
from retailctl.emulator.services.services import Services

_WORKSPACE = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{PROVIDER}/workspaces/{{workspace}}"
_HISTORY = f"/history/v1.0{_WORKSPACE}"
_DATA = f"/data/v1.0{_WORKSPACE}/dataversion/batchGetResolvedUris"


class _RunDataBody(Shape):
    run_id: RequiredText


class _ResolveBody(Shape):
    values: list[str]


async def get_run(call: Call) -> Response:
    """One run."""
    return json_response(call.services.history.run(call.name("run")))


async def get_details(call: Call) -> Response:
    """One run with its log files."""
    return json_response(call.services.history.details(call.name("run")))


async def get_run_data(call: Call) -> Response:
    """One run as `rundata` gives it: what it put out is of interest."""
    body = await call.body(_RunDataBody)
    record = call.services.jobs.get(body.run_id)
    return json_response(
        {
            "runMetadata": call.services.history.run(body.run_id),
            "runDefinition": {},
            "jobSpecification": record.body["properties"],
        }
    )


async def patch_run(call: Call) -> Response:
    """Change what may change of a run."""
    call.services.jobs.change(call.name("run"), await call.body(RunPatch))
    return json_response(call.services.history.run(call.name("run")))


async def get_children(call: Call) -> Response:
    """A command job has no child runs."""
    call.services.jobs.get(call.name("run"))
    return json_response({"value": []})


async def get_service_instances(call: Call) -> Response:
    """A local job offers no interactive services."""
    call.services.jobs.get(call.name("run"))
    return json_response({"instances": {}})


async def resolve_outputs(call: Call) -> Response:
    """Addresses of outputs by the asset ids that runs give."""
    history, asked = call.services.history, (await call.body(_ResolveBody)).values
    found = {each: history.output_uri(each) for each in asked if history.is_output(each)}
    return json_response({"values": {each: {"uri": uri, "type": "UriFolder"} for each, uri in found.items()}})


def _route(path: str, handler: Callable[[Call], Awaitable[Response]], method: str = "GET") -> Route:
    async def answer(request: Request) -> Response:
        services: Services = request.app.state.services
        check_scope(request, services)
        return await handler(Call(request, services))

    return any_case(Route(path, answer, methods=[method]))


ROUTES = [
    _route(f"{_HISTORY}/runs/{{run}}", get_run),
    _route(f"{_HISTORY}/runs/{{run}}/details", get_details),
    _route(f"{_HISTORY}/runs/{{run}}/children", get_children),
    _route(f"{_HISTORY}/runs/{{run}}/serviceinstances/{{node}}", get_service_instances),
    _route(f"{_HISTORY}/experiments/{{experiment}}/runs/{{run}}", get_run),
    _route(f"{_HISTORY}/experiments/{{experiment}}/runs/{{run}}", patch_run, "PATCH"),
    _route(f"{_HISTORY}/rundata", get_run_data, "POST"),
    _route(_DATA, resolve_outputs, "POST"),
]
