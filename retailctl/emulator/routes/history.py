"""Routes of the run history service, and those that resolve what runs put out."""

from __future__ import annotations

from starlette.responses import Response

from retailctl.emulator.arm.bodies.jobs import RunPatch
from retailctl.emulator.arm.bodies.shape import RequiredText, Shape
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import WORKSPACE, scoped_route

_HISTORY = f"/history/v1.0{WORKSPACE}"
_DATA = f"/data/v1.0{WORKSPACE}/dataversion/batchGetResolvedUris"


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


ROUTES = [
    scoped_route(f"{_HISTORY}/runs/{{run}}", get_run),
    scoped_route(f"{_HISTORY}/runs/{{run}}/details", get_details),
    scoped_route(f"{_HISTORY}/runs/{{run}}/children", get_children),
    scoped_route(f"{_HISTORY}/runs/{{run}}/serviceinstances/{{node}}", get_service_instances),
    scoped_route(f"{_HISTORY}/experiments/{{experiment}}/runs/{{run}}", get_run),
    scoped_route(f"{_HISTORY}/experiments/{{experiment}}/runs/{{run}}", patch_run, "PATCH"),
    scoped_route(f"{_HISTORY}/rundata", get_run_data, "POST"),
    scoped_route(_DATA, resolve_outputs, "POST"),
]
