"""Deploy brings one slot up beside the live one, once, and lets a bad one take no traffic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from retailctl.azureml.scoring import MODEL_STATUS_HEADER, ScoringAnswer
from retailctl.domain import tags
from retailctl.errors import (
    DeploymentFailed,
    InvalidInput,
    InvalidName,
    InvalidTemplate,
    ResourceNotFound,
    RetailctlError,
    SmokeTestFailed,
    Unreachable,
    WrongState,
)
from retailctl.workflows.deploy import DeployRequest, DeployResult, deploy
from retailctl.workflows.events import Caution, StepDone
from retailctl.workflows.initialise import InitRequest, initialise
from retailctl.workflows.project_images import known_image
from tests.unit.workflows.fakes import Shop
from tests.unit.workflows.trained import SAMPLE, forecasting

ENDPOINT = "retail-forecast-endpoint"
SAMPLED = {tags.SAMPLE: '{"series":[{"store_id":"CA_1","item_id":"FOODS_3_090"}]}', tags.JOB: "job-3"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A workspace with three model versions and slots that forecast."""
    shop = Shop(tmp_path)
    for version in (1, 2, 3):
        shop.world.add_model(version, tags=SAMPLED)
    shop.world.answer = forecasting
    return shop


@pytest.fixture
def live(shop: Shop) -> Shop:
    """Blue serves everything."""
    shop.world.add_endpoint(traffic={"blue": 100})
    shop.world.add_slot("blue")
    return shop


def to(shop: Shop, slot: str, **rest: object) -> DeployResult:
    return deploy(shop.tools, DeployRequest(slot, **rest))  # type: ignore[arg-type]


def test_the_first_deployment_creates_the_endpoint_and_gives_it_no_traffic(shop: Shop) -> None:
    result = to(shop, "blue")
    assert (result.outcome, result.endpoint_created, result.model) == ("created", True, "retail-forecast:3")
    assert shop.world.endpoints[ENDPOINT].traffic == {}
    assert shop.world.calls.index("endpoints.create") < shop.world.calls.index("deployments.apply")
    assert result.next == "retailctl traffic blue=100 green=0"


def test_the_live_slot_s_traffic_stays_as_it_was(live: Shop) -> None:
    before = live.world.endpoints[ENDPOINT]
    result = to(live, "green")
    assert (result.outcome, result.endpoint_created) == ("created", False)
    assert live.world.endpoints[ENDPOINT] == before
    assert live.world.deployments[ENDPOINT, "blue"].model == "retail-forecast:1"


def test_model_and_image_are_pinned_in_what_is_sent_and_in_its_tags(live: Shop) -> None:
    result = to(live, "green")
    document = yaml.safe_load(result.file.read_text())
    assert document["model"] == "azureml:retail-forecast:3"
    assert document["environment"]["image"] == result.image
    assert "@sha256:" in result.image
    carried = live.world.deployments[ENDPOINT, "green"].tags
    assert carried[tags.MODEL] == "retail-forecast:3"
    assert carried[tags.IMAGE] == result.image
    assert carried[tags.JOB] == "job-3"
    assert carried[tags.CONFIG_HASH] == result.config_hash


def test_a_machine_without_the_project_deploys_the_image_recorded_with_the_model(live: Shop) -> None:
    recorded = "acr.azurecr.io/retail/infer@sha256:" + "d" * 64
    live.world.add_model(3, tags={**SAMPLED, tags.INFER_IMAGE: recorded, tags.GIT_SHA: "abc"})
    assert to(live, "green").image == recorded
    assert live.world.deployments[ENDPOINT, "green"].tags[tags.GIT_SHA] == "abc"
    initialise(live.tools, InitRequest(live.tools.project.root))
    (live.tools.project.root / "training" / "train.py").touch()
    assert to(live, "green").image == known_image(live.tools, "infer").reference.text != recorded


def test_deploying_the_same_again_sends_nothing_and_says_so(live: Shop) -> None:
    first = to(live, "green")
    live.world.calls.clear()
    again = to(live, "green")
    assert (again.outcome, again.changes, again.config_hash) == ("unchanged", (), first.config_hash)
    assert live.world.writes() == ["scoring.close"]
    assert again.smoke is not None
    assert any(isinstance(event, StepDone) and event.outcome == "unchanged" for event in live.events)


@pytest.mark.parametrize(
    ("rest", "field"),
    [
        ({"model": "retail-forecast:2"}, "model"),
        ({"image": "r.example/i@sha256:" + "c" * 64}, "image"),
        ({"sets": ("instance_count=2",)}, "instance_count"),
        ({"sets": ("environment_variables.REPLACED=yes",)}, "environment_variables.REPLACED"),
        ({"sets": ("tags.team=planning",)}, "tags.team"),
        ({"sets": ("readiness_probe.period=5",)}, "readiness_probe.period"),
        ({"sets": ("environment.inference_config.scoring_route.path=/v2",)}, "configuration"),
    ],
)
def test_anything_else_is_an_update_that_names_what_changes(live: Shop, rest: dict[str, object], field: str) -> None:
    to(live, "green")
    result = to(live, "green", **rest)
    assert result.outcome == "updated"
    assert field in [change.field for change in result.changes]


def test_a_plan_names_what_goes_what_comes_and_what_differs(live: Shop) -> None:
    to(live, "green", sets=("environment_variables.OLD=1", "app_insights_enabled=false"))
    plan = to(
        live, "green", sets=("environment_variables.NEW=2", "request_settings.request_timeout_ms=5000"), dry_run=True
    )
    assert {(each.field, each.before, each.after) for each in plan.changes} == {
        ("environment_variables.OLD", "1", None),
        ("environment_variables.NEW", None, "2"),
        ("app_insights_enabled", "false", "true"),
        ("request_settings.request_timeout_ms", "60000", "5000"),
    }


def test_a_slot_that_failed_is_deployed_again_though_nothing_changed(live: Shop) -> None:
    to(live, "green")
    failed = replace(live.world.deployments[ENDPOINT, "green"], state="Failed")
    live.world.deployments[ENDPOINT, "green"] = failed
    assert to(live, "green").outcome == "updated"


def test_a_slot_with_traffic_that_is_so_already_is_left_alone(live: Shop) -> None:
    to(live, "blue", force=True)
    live.world.calls.clear()
    again = to(live, "blue")
    assert (again.outcome, again.next) == ("unchanged", "retailctl status")
    assert live.world.writes() == ["scoring.close"]


def test_a_plan_is_followed_by_the_line_that_carries_it_out(live: Shop) -> None:
    plan = to(live, "green", model="retail-forecast:2", sets=("instance_count=2", "tags.team=a b"), dry_run=True)
    assert plan.next == (
        "retailctl deploy --slot green --model retail-forecast:2 --set instance_count=2 --set 'tags.team=a b'"
    )


def test_a_slot_with_traffic_is_refused_with_the_command_that_frees_it(live: Shop) -> None:
    live.world.add_slot("green")
    with pytest.raises(WrongState) as caught:
        to(live, "blue")
    assert "blue takes 100 %" in caught.value.message
    assert caught.value.hint == "retailctl traffic blue=0 green=100; or --force"
    assert live.world.writes() == []


def test_where_no_other_slot_could_take_over_one_comes_first(live: Shop) -> None:
    with pytest.raises(WrongState) as caught:
        to(live, "blue")
    assert caught.value.hint.startswith("retailctl deploy --slot green, then retailctl traffic blue=0 green=100")


def test_force_replaces_a_slot_with_traffic_and_leaves_the_traffic(live: Shop) -> None:
    assert to(live, "blue", force=True).outcome == "updated"
    assert live.world.endpoints[ENDPOINT].traffic == {"blue": 100}


def test_a_dry_run_says_what_would_change_and_sends_nothing(live: Shop) -> None:
    result = to(live, "green", dry_run=True)
    assert (result.outcome, result.planned, result.smoke) == ("planned", True, None)
    assert {change.field: change.after for change in result.changes}["model"] == "retail-forecast:3"
    assert live.world.writes() == []
    to(live, "green")
    assert to(live, "green", dry_run=True).outcome == "unchanged"


def test_a_slot_that_never_becomes_ready_ends_in_its_logs(live: Shop) -> None:
    live.world.next_slot_fails = DeploymentFailed("slot green failed", details={"log": "no model today"})
    with pytest.raises(DeploymentFailed) as caught:
        to(live, "green")
    assert caught.value.hint == "retailctl logs --slot green"
    assert live.world.endpoints[ENDPOINT].traffic == {"blue": 100}


def test_the_smoke_test_asks_the_new_slot_alone_for_the_model_s_own_sample(live: Shop) -> None:
    asked: list[tuple[str, bytes]] = []

    def answer(slot: str, body: bytes) -> ScoringAnswer:
        asked.append((slot, body))
        return forecasting(slot, body)

    live.world.answer = answer
    result = to(live, "green")
    assert [(slot, yaml.safe_load(body)) for slot, body in asked] == [("green", SAMPLE)]
    assert result.smoke is not None
    assert (result.smoke.status, result.smoke.forecasts) == (200, 1)


def status(code: int, model: int | None = None) -> Callable[[str, bytes], ScoringAnswer]:
    headers = {MODEL_STATUS_HEADER: str(model)} if model else {}
    return lambda slot, body: ScoringAnswer(code, b'{"error": "out of luck"}', 0.1, slot, headers)


def body(text: str) -> Callable[[str, bytes], ScoringAnswer]:
    return lambda slot, _: ScoringAnswer(200, text.encode(), 0.1, slot)


@pytest.mark.parametrize(
    "answer",
    [
        status(424, 500),
        status(424, 422),
        status(408),
        body("no json"),
        body("[]"),
        body("{}"),
        body('{"forecasts": []}'),
        body('{"forecasts": [{"mean": []}]}'),
        body('{"forecasts": [{"mean": [NaN]}]}'),
        body('{"forecasts": [{"mean": ["x"]}]}'),
    ],
)
def test_a_slot_that_does_not_forecast_fails_and_takes_no_traffic(
    live: Shop, answer: Callable[[str, bytes], ScoringAnswer]
) -> None:
    live.world.answer = answer
    with pytest.raises(SmokeTestFailed) as caught:
        to(live, "green")
    assert caught.value.hint == "retailctl logs --slot green"
    assert live.world.endpoints[ENDPOINT].traffic == {"blue": 100}
    with pytest.raises(SmokeTestFailed):
        to(live, "green")


@pytest.mark.parametrize("fault", [ResourceNotFound("no such slot"), Unreachable("no connection")])
def test_a_router_that_does_not_know_the_slot_yet_is_asked_again(live: Shop, fault: RetailctlError) -> None:
    live.world.faults["scoring.score"] = [fault, fault]
    assert to(live, "green").smoke is not None
    to(live, "green")
    live.world.faults["scoring.score"] = [fault] * 1000
    with pytest.raises(SmokeTestFailed, match="did not answer within 60 s"):
        to(live, "green")


@pytest.mark.parametrize("code", [429, 502, 503])
def test_a_platform_that_is_not_ready_yet_is_asked_again(live: Shop, code: int) -> None:
    answers = [status(code), status(code), forecasting]
    live.world.answer = lambda slot, body: answers.pop(0)(slot, body)
    assert to(live, "green").smoke is not None


def test_a_model_without_a_sample_is_not_smoke_tested_and_that_is_said(live: Shop) -> None:
    live.world.add_model(4)
    assert to(live, "green").smoke is None
    assert any(isinstance(event, Caution) and "not smoke tested" in event.text for event in live.events)


def test_the_smoke_test_can_be_left_out(live: Shop) -> None:
    assert to(live, "green", smoke_test=False).smoke is None
    assert "scoring.score" not in live.world.calls


def test_an_archived_version_is_not_deployed(live: Shop) -> None:
    live.world.models["retail-forecast", 3] = replace(live.world.models["retail-forecast", 3], archived=True)
    assert to(live, "green").model == "retail-forecast:2"
    with pytest.raises(WrongState) as caught:
        to(live, "green", model="retail-forecast:3")
    assert caught.value.hint == "retailctl model restore retail-forecast:3"


@pytest.mark.parametrize(
    ("slot", "rest", "error"),
    [
        ("red", {}, InvalidName),
        ("green", {"model": "retail-forecast@latest"}, InvalidInput),
        ("green", {"model": "retail-forecast:1.2.0"}, InvalidInput),
    ],
)
def test_a_wrong_line_is_refused_before_the_workspace_is_asked(
    live: Shop, slot: str, rest: dict[str, object], error: type[RetailctlError]
) -> None:
    with pytest.raises(error):
        to(live, slot, **rest)
    assert live.world.calls == []


@pytest.mark.parametrize(
    ("rest", "error", "says"),
    [
        ({"image": "r.example/i:latest"}, InvalidInput, "is not pinned"),
        ({"sets": ("instance_count=0",)}, InvalidTemplate, "instance-count"),
        ({"sets": ("request_settings.request_timeout_ms=200000",)}, InvalidTemplate, "180000"),
        ({"sets": ("name=blue",)}, InvalidInput, "green was asked for"),
        ({"sets": ("endpoint_name=other",)}, InvalidInput, "retail-forecast-endpoint was asked for"),
        ({"sets": ("model=azureml:retail-forecast:1",)}, InvalidInput, "retail-forecast:3 was asked for"),
        ({"sets": ("instance_cuont=2",)}, InvalidInput, "instance_cuont"),
        ({"model": "retail-forecast:99"}, ResourceNotFound, "99"),
    ],
)
def test_what_azure_ml_would_refuse_is_not_sent(
    live: Shop, rest: dict[str, object], error: type[RetailctlError], says: str
) -> None:
    with pytest.raises(error, match=says):
        to(live, "green", **rest)
    assert live.world.writes() == []


def test_a_version_of_the_settings_is_deployed_when_none_is_named(live: Shop) -> None:
    live.tools.settings = replace(live.tools.settings, model_version="2")
    assert to(live, "green").model == "retail-forecast:2"


def test_without_any_model_the_command_that_makes_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResourceNotFound) as caught:
        to(Shop(tmp_path), "blue")
    assert caught.value.hint == "retailctl register"
