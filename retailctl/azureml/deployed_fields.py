"""What a slot's YAML says, read back from its ARM resource, so that a plan can name what would change.

Names and units are the YAML's (learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online);
ARM's own are camel case, and its times are ISO 8601 durations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from retailctl.azureml import resources
from retailctl.azureml.transport import Json
from retailctl.domain.tags import PREFIX

_DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")
_PROBES = {"liveness_probe": "livenessProbe", "readiness_probe": "readinessProbe"}
_TIMES = {"initial_delay": "initialDelay", "period": "period", "timeout": "timeout"}
_COUNTS = {"success_threshold": "successThreshold", "failure_threshold": "failureThreshold"}


def deployed_fields(resource: Json) -> dict[str, str]:
    """Fields by their dotted paths in YAML, as text; our own tags are left out."""
    own = resources.properties(resource)
    return {name: text for name, text in _fields(resource, own) if text is not None}


def _fields(resource: Json, own: Json) -> Iterator[tuple[str, str | None]]:
    yield from ((f"environment_variables.{name}", str(value)) for name, value in _part(own, "environmentVariables"))
    yield from (
        (f"tags.{name}", text) for name, text in resources.tags(resource).items() if not name.startswith(PREFIX)
    )
    yield "app_insights_enabled", _text(own.get("appInsightsEnabled"))
    settings = dict(_part(own, "requestSettings"))
    yield "request_settings.request_timeout_ms", _time(settings.get("requestTimeout"), 1000)
    yield (
        "request_settings.max_concurrent_requests_per_instance",
        _text(settings.get("maxConcurrentRequestsPerInstance")),
    )
    for probe, arm in _PROBES.items():
        measures = dict(_part(own, arm))
        yield from ((f"{probe}.{name}", _time(measures.get(key), 1)) for name, key in _TIMES.items())
        yield from ((f"{probe}.{name}", _text(measures.get(key))) for name, key in _COUNTS.items())


def _part(own: Json, name: str) -> list[tuple[str, object]]:
    part = own.get(name)
    return list(part.items()) if isinstance(part, dict) else []


def _text(value: object) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _time(value: object, units_a_second: int) -> str | None:
    """An ISO 8601 duration as a whole number of seconds or milliseconds."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return f"{(((days * 24 + hours) * 60 + minutes) * 60 + seconds) * units_a_second:.0f}"
