"""Routes and probes of a deployment that brings its own container.

Azure ML wants all three routes, under ``environment.inference_config``; probes hold timing alone.
Source: learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container.
"""

from __future__ import annotations

from retailctl.rendering.documents import Document, Path
from retailctl.rendering.lint.finding import Found, Rule, finding

_ROUTES = {"liveness_route": "/live", "readiness_route": "/ready", "scoring_route": "/score"}
_AT: Path = ("environment", "inference_config")
_PROBES = ("liveness_probe", "readiness_probe")
_PORT_MAX = 65_535


def _routes(document: Document) -> Found:
    if not isinstance(document.get("environment"), dict):
        return  # a registered environment holds its routes itself
    for name, usual in _ROUTES.items():
        path = (*_AT, name)
        route = document.get(*path)
        if not isinstance(route, dict):
            example = f"{name}: {{path: {usual}, port: 8080}}"
            yield finding(document, ROUTES.id, path, f"an own container needs {name}", example)
            continue
        if not str(route.get("path", "")).startswith("/"):
            yield finding(document, ROUTES.id, (*path, "path"), f"{name} has no path that begins with /", usual)
        port = route.get("port")
        if not isinstance(port, int) or not 1 <= port <= _PORT_MAX:
            yield finding(document, ROUTES.id, (*path, "port"), f"{name} has no port (1 to {_PORT_MAX})", "8080")


def _timing(document: Document) -> Found:
    for probe in _PROBES:
        fields = document.get(probe)
        if not isinstance(fields, dict):
            continue
        for field, value in fields.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                why = f"{probe}.{field} is {value!r}, not a whole number of 1 or more"
                yield finding(document, TIMING.id, (probe, field), why, "1")


def _liveness_once(document: Document) -> Found:
    path = ("liveness_probe", "success_threshold")
    if document.get(*path) not in (None, 1):
        yield finding(document, LIVENESS_ONCE.id, path, "a liveness probe succeeds with its first success", "1")


ROUTES = Rule("routes", "an own container has a liveness, a readiness and a scoring route", _routes)
TIMING = Rule("probe-timing", "probe times are whole seconds or counts of 1 or more", _timing)
LIVENESS_ONCE = Rule("liveness-threshold", "success_threshold of a liveness probe is 1", _liveness_once)
