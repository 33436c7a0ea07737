"""A slot's ARM resource in the words of its YAML."""

from __future__ import annotations

import pytest

from retailctl.azureml.deployed_fields import deployed_fields


def test_names_and_units_are_those_of_the_yaml() -> None:
    resource = {
        "name": "blue",
        "tags": {"team": "planning", "retailctl.model": "m:1"},
        "properties": {
            "appInsightsEnabled": False,
            "environmentVariables": {"SERVING_SLOT": "blue"},
            "requestSettings": {"requestTimeout": "PT1M30S", "maxConcurrentRequestsPerInstance": 4},
            "livenessProbe": {"initialDelay": "PT10S", "period": "PT1H", "timeout": "P1D", "failureThreshold": 30},
        },
    }
    assert deployed_fields(resource) == {
        "environment_variables.SERVING_SLOT": "blue",
        "tags.team": "planning",
        "app_insights_enabled": "false",
        "request_settings.request_timeout_ms": "90000",
        "request_settings.max_concurrent_requests_per_instance": "4",
        "liveness_probe.initial_delay": "10",
        "liveness_probe.period": "3600",
        "liveness_probe.timeout": "86400",
        "liveness_probe.failure_threshold": "30",
    }


@pytest.mark.parametrize(
    "own",
    [{}, {"environmentVariables": None, "requestSettings": None}, {"requestSettings": {"requestTimeout": "soon"}}],
)
def test_what_the_service_leaves_out_is_left_out(own: dict[str, object]) -> None:
    assert deployed_fields({"name": "blue", "properties": own}) == {}
