"""Routes of jobs."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.responses import Response

from retailctl.emulator.arm.bodies.jobs import CommandJobBody, JobTypeBody
from retailctl.emulator.arm.bodies.shape import parse
from retailctl.emulator.arm.errors import not_implemented
from retailctl.emulator.routes import filters
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import Operation
from retailctl.emulator.services.documents import ACTIVE
from retailctl.emulator.store.resources import Record

_ONE = "/jobs/{job}"


def _render(call: Call, record: Record) -> dict[str, Any]:
    found = call.resource(record, "jobs", record.name)
    context = call.services.context
    services = {"Tracking": context.tracking.uri, "Studio": f"{context.url}/runs/{record.name}"}
    found["properties"] = {
        **found["properties"],
        "services": {name: {"jobServiceType": name, "endpoint": endpoint} for name, endpoint in services.items()},
    }
    return found


async def list_jobs(call: Call) -> Response:
    """Jobs_List."""
    query = call.query
    records = call.services.jobs.list(query.get("listViewType", ACTIVE))
    records = filters.holding(records, "properties.tags", query.get("tag", ""))
    records = filters.holding(records, "properties.properties", query.get("properties", ""))
    records = filters.equal(records, "jobType", query.get("jobType", ""))
    return call.page(records, partial(_render, call))


async def get_job(call: Call) -> Response:
    """Jobs_Get."""
    return json_response(_render(call, call.services.jobs.get(call.name("job"))))


async def put_job(call: Call) -> Response:
    """Jobs_CreateOrUpdate: command jobs alone."""
    document = await call.json()
    kind = parse(JobTypeBody, document).properties.job_type
    if kind.lower() != "command":
        raise not_implemented(f"jobs of type {kind}")
    record, created = call.services.jobs.write(call.name("job"), parse(CommandJobBody, document))
    return json_response(_render(call, record), 201 if created else 200)


async def cancel_job(call: Call) -> Response:
    """Jobs_Cancel."""
    operation = call.services.jobs.cancel(call.name("job"))
    return call.accepted(operation) if operation else Response(status_code=200)


async def delete_job(call: Call) -> Response:
    """Jobs_Delete."""
    operation = call.services.jobs.delete(call.name("job"))
    return call.accepted(operation) if operation else Response(status_code=204)


OPERATIONS = [
    Operation("Jobs_List", "GET", "/jobs", list_jobs),
    Operation("Jobs_Get", "GET", _ONE, get_job),
    Operation("Jobs_CreateOrUpdate", "PUT", _ONE, put_job),
    Operation("Jobs_Cancel", "POST", f"{_ONE}/cancel", cancel_job),
    Operation("Jobs_Delete", "DELETE", _ONE, delete_job),
]
