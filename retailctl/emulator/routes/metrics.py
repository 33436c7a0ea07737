"""Routes of Azure Monitor's metrics below endpoints and deployments."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.arm.ids import PROVIDER
from retailctl.emulator.routes.call import any_case, check_scope, json_response
from retailctl.emulator.services.metrics.monitor import MetricsQuery
from retailctl.emulator.services.services import Services

_ENDPOINT = (
    f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{PROVIDER}/workspaces/{{workspace}}"
    "/onlineEndpoints/{endpoint}"
)
_METRICS = "/providers/microsoft.insights/metrics"


def _query(request: Request) -> MetricsQuery:
    asked = request.query_params
    names = asked.get("metricnames", "")
    if not names:
        raise ArmError(400, "BadRequest", "The query parameter metricnames is required.")
    return MetricsQuery(
        names=names,
        timespan=asked.get("timespan", ""),
        interval=asked.get("interval", ""),
        condition=asked.get("$filter", ""),
        aggregation=asked.get("aggregation", ""),
    )


async def endpoint_metrics(request: Request) -> Response:
    """Metrics_List of an endpoint."""
    services: Services = request.app.state.services
    check_scope(request, services)
    record = services.endpoints.get(request.path_params["endpoint"])
    return json_response(await services.monitor.endpoint(record, _query(request)))


async def deployment_metrics(request: Request) -> Response:
    """Metrics_List of a deployment."""
    services: Services = request.app.state.services
    check_scope(request, services)
    record = services.deployments.get(request.path_params["endpoint"], request.path_params["deployment"])
    return json_response(await services.monitor.deployment(record, _query(request)))


ROUTES = [
    any_case(Route(_ENDPOINT + _METRICS, endpoint_metrics, methods=["GET"])),
    any_case(Route(f"{_ENDPOINT}/deployments/{{deployment}}{_METRICS}", deployment_metrics, methods=["GET"])),
]
