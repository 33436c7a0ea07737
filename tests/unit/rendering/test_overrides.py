"""--set a.b=c."""

from __future__ import annotations

import pytest
import yaml

from retailctl.errors import InvalidInput
from retailctl.rendering.documents import parse
from retailctl.rendering.fields import known_fields
from retailctl.rendering.overrides import apply_overrides

TEXT = """\
name: blue
instance_count: 1
model: azureml:retail-forecast:7
environment:
  image: x
tags:
  project: retail
"""


def changed(*texts: str) -> dict[str, object]:
    document, text = apply_overrides(parse(TEXT, "d.yml"), texts, known_fields("deployment"))
    assert yaml.safe_load(text) == document.fields
    return dict(document.fields)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("instance_count=3", ["instance_count"], 3),
        ("app_insights_enabled=false", ["app_insights_enabled"], False),
        ("description=a = b", ["description"], "a = b"),
        ("description=", ["description"], None),
        ("tags.team=planning", ["tags", "team"], "planning"),
        ('tags."team.name"=planning', ["tags", "team.name"], "planning"),
        (
            "environment.inference_config.scoring_route.port=9",
            ["environment", "inference_config", "scoring_route", "port"],
            9,
        ),
        ("request_settings={request_timeout_ms: 90000}", ["request_settings", "request_timeout_ms"], 90000),
        ("environment=azureml:mine:3", ["environment"], "azureml:mine:3"),
    ],
)
def test_a_field_is_set_with_the_type_yaml_gives_it(text: str, path: list[str], value: object) -> None:
    found: object = changed(text)
    for part in path:
        assert isinstance(found, dict)
        found = found[part]
    assert found == value
    assert type(found) is type(value)


def test_other_fields_and_their_order_stay() -> None:
    assert list(changed("instance_count=2", "description=x")) == [*yaml.safe_load(TEXT), "description"]


def test_the_last_of_two_wins() -> None:
    assert changed("instance_count=2", "instance_count=3")["instance_count"] == 3


@pytest.mark.parametrize(
    ("text", "says", "why"),
    [
        ("instance_count", "is not field=value", None),
        ("=3", "is not field=value", None),
        ("a..b=3", "is not field=value", None),
        ("instance_cuont=3", "there is no field 'instance_cuont'", "did you mean 'instance_count'?"),
        ("environment.imgae=x", "environment has no field 'imgae'", "did you mean 'environment.image'?"),
        ("liveness_probe.zzz=1", "liveness_probe has no field 'zzz'", "its fields are"),
        ("name.first=x", "leads through a value", None),
        ("tags={a: [}", "the value is not YAML", None),
    ],
)
def test_an_override_that_cannot_be_is_refused(text: str, says: str, why: str | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        changed(text)
    assert caught.value.message.startswith(f"--set {text}")
    assert says in caught.value.message
    assert why is None or str(caught.value.reason).startswith(why)
