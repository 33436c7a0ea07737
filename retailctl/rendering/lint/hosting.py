"""Instances, scaling and request settings of a managed online deployment.

Bounds: learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online and how-to-manage-quotas.
"""

from __future__ import annotations

from retailctl.rendering.documents import Document
from retailctl.rendering.lint.finding import Found, Rule, finding

INSTANCES_MAX = 50
TIMEOUT_MAX_MS = 180_000


def _instances(document: Document) -> Found:
    path = ("instance_count",)
    count = document.get(*path)
    if not document.has(*path):
        yield finding(document, INSTANCES.id, path, "instance_count is missing", "instance_count: 1")
    elif not isinstance(count, int) or isinstance(count, bool):
        yield finding(document, INSTANCES.id, path, f"instance_count {count!r} is not a whole number", "1")
    elif count < 1:
        why = f"instance_count is {count}: a managed deployment cannot scale to zero"
        yield finding(document, INSTANCES.id, path, why, "1")
    elif count > INSTANCES_MAX:
        why = f"instance_count is {count}: a deployment has at most {INSTANCES_MAX} instances"
        yield finding(document, INSTANCES.id, path, why, str(INSTANCES_MAX))


def _scale(document: Document) -> Found:
    settings = document.get("scale_settings")
    if not isinstance(settings, dict):
        return
    if settings.get("type", "default") != "default":
        why = f"scale_settings.type is {settings['type']}: managed deployments know default alone"
        yield finding(document, SCALE.id, ("scale_settings", "type"), why, "default")
    for field in settings.keys() - {"type"}:
        why = f"scale_settings.{field} is not taken by managed deployments: bounds belong to an Azure Monitor autoscale"
        yield finding(document, SCALE.id, ("scale_settings", field), why, "instance_count")


def _requests(document: Document) -> Found:
    path = ("request_settings", "request_timeout_ms")
    timeout = document.get(*path)
    if timeout is None:
        why = "without request_timeout_ms a request may take 5000 ms"
        yield finding(document, REQUESTS.id, path, why, "request_timeout_ms: 60000", "warning")
    elif not isinstance(timeout, int) or not 1 <= timeout <= TIMEOUT_MAX_MS:
        why = f"request_timeout_ms is {timeout}, not 1 to {TIMEOUT_MAX_MS}"
        yield finding(document, REQUESTS.id, path, why, str(TIMEOUT_MAX_MS))
    path = ("request_settings", "max_concurrent_requests_per_instance")
    most = document.get(*path)
    if most is not None and (not isinstance(most, int) or most < 1):
        yield finding(document, REQUESTS.id, path, f"{path[1]} is {most}, not 1 or more", "1")


def _queue_wait(document: Document) -> Found:
    path = ("request_settings", "max_queue_wait_ms")
    if document.has(*path):
        why = "max_queue_wait_ms is deprecated; the wait counts as part of request_timeout_ms"
        yield finding(document, QUEUE_WAIT.id, path, why, "request_timeout_ms", "warning")


INSTANCES = Rule("instance-count", "1 to 50 instances, written out", _instances)
SCALE = Rule("scale-settings", "managed deployments take the default scale settings alone", _scale)
REQUESTS = Rule("request-settings", "a timeout of at most 180000 ms, at least one request at once", _requests)
QUEUE_WAIT = Rule("queue-wait", "max_queue_wait_ms is not used", _queue_wait)
