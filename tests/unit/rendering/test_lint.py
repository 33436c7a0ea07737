"""Each rule: what it lets through, what it finds, on which line, and the correction it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from retailctl.errors import InvalidTemplate
from retailctl.rendering.catalogue import Kind, find
from retailctl.rendering.documents import Document, parse
from retailctl.rendering.engine import render
from retailctl.rendering.lint import Finding, check, require_clean
from retailctl.rendering.lint.check import RULES
from retailctl.rendering.variables import examples
from tests.unit.rendering.conftest import CARRIED

NAMES: dict[Kind, str] = {"job": "train-job", "endpoint": "endpoint", "deployment": "deployment", "model": "model"}
DIGEST = "sha256:" + "a" * 64


def document_of(kind: Kind, old: str = "", new: str = "") -> Document:
    """A document that keeps every rule, with one change."""
    name = NAMES[kind]
    text = render(find(name, (CARRIED,)), examples(name))
    assert old in text
    return parse(text.replace(old, new, 1), f"{name}.yml")


def found(kind: Kind, old: str, new: str) -> list[Finding]:
    return check(kind, document_of(kind, old, new))


BAD: list[tuple[Kind, str, str, str, str, str | None]] = [
    # kind, text replaced, by what, rule, field, correction
    ("deployment", "name: green", "name: g", "name", "name", None),
    ("deployment", "name: green", "name: Green", "name", "name", None),
    ("deployment", "endpoint_name: retail-forecast-endpoint", "endpoint_name: x", "name", "endpoint_name", None),
    ("endpoint", "name: retail-forecast-endpoint", f"name: {'x' * 33}", "name", "name", None),
    ("endpoint", "name: retail-forecast-endpoint", "description: x", "name", "name", None),
    ("model", "name: retail-forecast", "name: a/b", "name", "name", None),
    ("job", "compute: azureml:cpu-cluster", "compute: azureml:9lives", "name", "compute", None),
    ("job", 'experiment_name: "retail-demand-forecast"', "experiment_name: a/b", "name", "experiment_name", None),
    ("endpoint", "auth_mode: key", "auth_mode: aad", "auth-mode", "auth_mode", "key"),
    ("endpoint", "tags:", "traffic: {blue: 60}\ntags:", "traffic", "traffic", "traffic: {blue: 60, green: 40}"),
    ("endpoint", "tags:", "traffic: {blue: -10, green: 100}\ntags:", "traffic", "traffic.blue", None),
    ("endpoint", "tags:", "traffic: {blue: many}\ntags:", "traffic", "traffic.blue", None),
    ("endpoint", "tags:", "traffic: {Blue: 100}\ntags:", "traffic", "traffic.Blue", "blue"),
    ("endpoint", "tags:", "mirror_traffic: {green: 60}\ntags:", "mirror", "mirror_traffic", None),
    ("endpoint", "tags:", "mirror_traffic: {a-b-c: 1, green: 9}\ntags:", "mirror", "mirror_traffic", None),
    (
        "endpoint",
        "tags:",
        "traffic: {blue: 100}\nmirror_traffic: {blue: 10}\ntags:",
        "mirror",
        "mirror_traffic",
        None,
    ),
    ("deployment", "instance_count: 1", "instance_count: 0", "instance-count", "instance_count", "1"),
    ("deployment", "instance_count: 1", "instance_count: 51", "instance-count", "instance_count", "50"),
    ("deployment", "instance_count: 1", "instance_count: two", "instance-count", "instance_count", "1"),
    ("deployment", "instance_count: 1\n", "", "instance-count", "instance_count", "instance_count: 1"),
    (
        "deployment",
        "tags:",
        "scale_settings: {type: target_utilization}\ntags:",
        "scale-settings",
        "scale_settings.type",
        "default",
    ),
    (
        "deployment",
        "tags:",
        "scale_settings: {type: default, max_instances: 3}\ntags:",
        "scale-settings",
        "scale_settings.max_instances",
        "instance_count",
    ),
    (
        "deployment",
        "request_timeout_ms: 60000",
        "request_timeout_ms: 999999",
        "request-settings",
        "request_settings.request_timeout_ms",
        "180000",
    ),
    (
        "deployment",
        "max_concurrent_requests_per_instance: 4",
        "max_concurrent_requests_per_instance: 0",
        "request-settings",
        "request_settings.max_concurrent_requests_per_instance",
        "1",
    ),
    (
        "deployment",
        "    scoring_route:\n      path: /score\n      port: 8080\n",
        "",
        "routes",
        "environment.inference_config.scoring_route",
        "scoring_route: {path: /score, port: 8080}",
    ),
    (
        "deployment",
        "path: /live",
        "path: live",
        "routes",
        "environment.inference_config.liveness_route.path",
        "/live",
    ),
    ("deployment", "port: 8080", "port: 0", "routes", "environment.inference_config.liveness_route.port", "8080"),
    (
        "deployment",
        "failure_threshold: 10",
        "failure_threshold: 0",
        "probe-timing",
        "liveness_probe.failure_threshold",
        "1",
    ),
    (
        "deployment",
        "  failure_threshold: 10",
        "  failure_threshold: 10\n  success_threshold: 3",
        "liveness-threshold",
        "liveness_probe.success_threshold",
        "1",
    ),
    (
        "deployment",
        "model: azureml:retail-forecast:7",
        "model: azureml:retail-forecast@latest",
        "model-pinned",
        "model",
        "azureml:retail-forecast:VERSION",
    ),
    (
        "deployment",
        "model: azureml:retail-forecast:7",
        "model: azureml:retail-forecast",
        "model-pinned",
        "model",
        "azureml:retail-forecast:VERSION",
    ),
    (
        "deployment",
        "model: azureml:retail-forecast:7",
        "model: azureml:retail-forecast:1.2.0",
        "model-pinned",
        "model",
        "azureml:retail-forecast:1",
    ),
    ("deployment", "model: azureml:retail-forecast:7", "model: retail", "model-pinned", "model", None),
    (
        "job",
        'path: "azureml:retail-sales:3"',
        "path: azureml:retail-sales@latest",
        "data-pinned",
        "inputs.train_data.path",
        "azureml:retail-sales:VERSION",
    ),
    (
        "model",
        "name: retail-forecast",
        "name: retail-forecast\nversion: auto",
        "model-version",
        "version",
        "no version line",
    ),
    ("model", "type: mlflow_model", "type: mlflow", "model-type", "type", "custom_model"),
    (
        "deployment",
        "  failure_threshold: 10",
        "  failure_treshold: 10",
        "unknown-field",
        "liveness_probe.failure_treshold",
        "failure_threshold",
    ),
    (
        "deployment",
        "tags:",
        "liveness_route: {path: /health, port: 1}\ntags:",
        "unknown-field",
        "liveness_route",
        "environment.inference_config.liveness_route",
    ),
]


@pytest.mark.parametrize(("kind", "old", "new", "rule", "field", "corrected"), BAD, ids=lambda value: str(value)[:40])
def test_a_broken_rule_is_found_with_its_line_and_correction(
    kind: Kind, old: str, new: str, rule: str, field: str, corrected: str | None
) -> None:
    document = document_of(kind, old, new)
    findings = check(kind, document)
    assert [(each.rule, each.field, each.corrected) for each in findings] == [(rule, field, corrected)]
    path = tuple(field.split("."))
    assert findings[0].line == document.line(*path)
    assert findings[0].level == "error"


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("deployment", "request_timeout_ms: 60000", "request_timeout_ms: 180000"),
        ("deployment", "instance_count: 1", "instance_count: 50"),
        ("deployment", "tags:", "scale_settings: {type: default}\ntags:"),
        ("deployment", "  failure_threshold: 10", "  failure_threshold: 10\n  success_threshold: 1"),
        ("endpoint", "tags:", "traffic: {blue: 90, green: 10}\ntags:"),
        ("endpoint", "tags:", "traffic: {blue: 0, green: 0}\ntags:"),
        ("endpoint", "tags:", "traffic: {blue: 100}\nmirror_traffic: {green: 50}\ntags:"),
        ("endpoint", "auth_mode: key", "auth_mode: aad_token"),
        ("model", "name: retail-forecast", "name: retail-forecast\nversion: 7"),
        ("job", 'path: "azureml:retail-sales:3"', "path: azureml://datastores/workspaceblobstore/paths/sales/"),
        ("job", 'path: "azureml:retail-sales:3"', "path: ../sales"),
    ],
)
def test_what_azure_ml_takes_is_let_through(kind: Kind, old: str, new: str) -> None:
    assert found(kind, old, new) == []


@pytest.mark.parametrize(
    ("image", "corrected"),
    [
        ("acr.azurecr.io/retail/infer:latest", "acr.azurecr.io/retail/infer@sha256:DIGEST"),
        ("acr.azurecr.io/retail/infer", "acr.azurecr.io/retail/infer@sha256:DIGEST"),
        ("acr.azurecr.io/retail/infer@sha256:12", None),
    ],
)
def test_an_image_that_is_not_pinned_is_found(image: str, corrected: str | None) -> None:
    pinned = str(examples("deployment")["infer_image"])
    (one,) = found("deployment", f'"{pinned}"', image)
    assert (one.rule, one.field, one.corrected) == ("image-pinned", "environment.image", corrected)


def test_a_pinned_image_and_a_base_for_packages_are_let_through() -> None:
    pinned = str(examples("deployment")["infer_image"])
    assert found("deployment", f'"{pinned}"', f"acr.azurecr.io/retail/infer:v2@{DIGEST}") == []
    base = "  conda_file: conda.yml\n  image: mcr.microsoft.com/azureml/base:1"
    job = str(examples("train-job")["train_image"])
    assert found("job", f'  image: "{job}"', base) == []


@pytest.mark.parametrize(
    ("reference", "corrected"),
    [
        ("azureml:serve:3", None),
        ("azureml:serve@latest", "azureml:serve:VERSION"),
        ("azureml:serve", "azureml:serve:VERSION"),
    ],
)
def test_a_registered_environment_is_pinned_too(reference: str, corrected: str | None) -> None:
    text = f"name: blue\nendpoint_name: retail\nmodel: azureml:m:1\ninstance_count: 1\nenvironment: {reference}\n"
    errors = [each for each in check("deployment", parse(text, "d.yml")) if each.level == "error"]
    assert [(each.rule, each.line, each.corrected) for each in errors] == (
        [("environment-pinned", 5, corrected)] if corrected else []
    )


@pytest.mark.parametrize(
    ("old", "new", "rule", "corrected"),
    [
        ("  request_timeout_ms: 60000\n", "", "request-settings", "request_timeout_ms: 60000"),
        (
            "  request_timeout_ms: 60000",
            "  request_timeout_ms: 60000\n  max_queue_wait_ms: 1",
            "queue-wait",
            "request_timeout_ms",
        ),
    ],
)
def test_what_azure_ml_takes_and_regrets_is_a_warning(old: str, new: str, rule: str, corrected: str) -> None:
    document = document_of("deployment", old, new)
    (warning,) = require_clean("deployment", document)
    assert (warning.rule, warning.corrected, warning.level) == (rule, corrected, "warning")


def test_findings_come_in_the_order_of_lines_and_the_first_is_the_message() -> None:
    document = parse("name: g\ninstance_count: 0\nendpoint_name: retail\n", "d.yml")
    with pytest.raises(InvalidTemplate) as caught:
        require_clean("deployment", document)
    assert caught.value.message.startswith("d.yml:1: ")
    assert caught.value.details["field"] == check("deployment", document)[0].field
    assert "d.yml:2: instance_count is 0" in str(caught.value.reason)


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("instance_count: 1", "instance_count: 0", "--set instance_count=1"),
        ("name: green", "name: g", "--set name=VALUE"),
        ("instance_count: 1\n", "", "--set instance_count=VALUE"),
    ],
)
def test_the_hint_is_the_override_that_corrects_it(old: str, new: str, hint: str) -> None:
    with pytest.raises(InvalidTemplate) as caught:
        require_clean("deployment", document_of("deployment", old, new))
    assert caught.value.hint.endswith(hint)


def test_the_reference_s_own_deployment_is_answered_field_by_field() -> None:
    text = Path(__file__).with_name("reference-blue.yml").read_text()
    rules = {each.rule for each in check("deployment", parse(text, "blue.yml"))}
    assert rules == {"unknown-field", "image-pinned", "model-pinned", "scale-settings", "routes", "queue-wait"}


def test_every_rule_is_broken_by_some_test() -> None:
    known = {rule.id for rules in RULES.values() for rule in rules}
    assert known == {rule for _, _, _, rule, _, _ in BAD} | {"image-pinned", "environment-pinned", "queue-wait"}
