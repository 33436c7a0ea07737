"""Routes of Azure Monitor's metrics below endpoints and deployments."""

from __future__ import annotations

from starlette.responses import Response

from retailctl.emulator.arm.errors import ArmError
from retailctl.emulator.routes.call import Call, json_response
from retailctl.emulator.routes.table import WORKSPACE, scoped_route
from retailctl.emulator.services.metrics import definitions
from retailctl.emulator.services.metrics.monitor import MetricsQuery

_ENDPOINT = f"{WORKSPACE}/onlineEndpoints/{{endpoint}}"
_METRICS = "/providers/microsoft.insights/metrics"
_DEFINITIONS = "/providers/microsoft.insights/metricDefinitions"


def _query(call: Call) -> MetricsQuery:
    asked = call.query
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


async def endpoint_metrics(call: Call) -> Response:
    """Metrics_List of an endpoint."""
    record = call.services.endpoints.get(call.name("endpoint"))
    return json_response(await call.services.monitor.endpoint(record, _query(call)))


async def deployment_metrics(call: Call) -> Response:
    """Metrics_List of a deployment."""
    record = call.services.deployments.get(call.name("endpoint"), call.name("deployment"))
    return json_response(await call.services.monitor.deployment(record, _query(call)))


async def endpoint_definitions(call: Call) -> Response:
    """MetricDefinitions_List of an endpoint."""
    record = call.services.endpoints.get(call.name("endpoint"))
    resource_id = call.services.endpoints.resource_id(record.name)
    return json_response(
        definitions.describe(definitions.ENDPOINT_METRICS, definitions.ENDPOINT_NAMESPACE, resource_id)
    )


async def deployment_definitions(call: Call) -> Response:
    """MetricDefinitions_List of a deployment."""
    record = call.services.deployments.get(call.name("endpoint"), call.name("deployment"))
    resource_id = f"{call.services.endpoints.resource_id(record.parent)}/deployments/{record.name}"
    return json_response(
        definitions.describe(definitions.DEPLOYMENT_METRICS, definitions.DEPLOYMENT_NAMESPACE, resource_id)
    )


ROUTES = [
    scoped_route(_ENDPOINT + _METRICS, endpoint_metrics),
    scoped_route(f"{_ENDPOINT}/deployments/{{deployment}}{_METRICS}", deployment_metrics),
    scoped_route(_ENDPOINT + _DEFINITIONS, endpoint_definitions),
    scoped_route(f"{_ENDPOINT}/deployments/{{deployment}}{_DEFINITIONS}", deployment_definitions),
]
