"""Run an image as a deployment would: real containers that do well, and that fail in each of the ways they can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from retailctl.domain import tags
from retailctl.domain.clock import SystemClock
from retailctl.errors import ResourceNotFound, TrialFailed
from retailctl.images.engine import Engine
from retailctl.workflows.build import BuildRequest, build
from retailctl.workflows.deploy import DeployRequest, deploy
from retailctl.workflows.events import Caution
from retailctl.workflows.rehearsal import RehearsalRequest, RehearsalResult, rehearse
from tests.images.shop import BASE, MARK, ImageShop

SAMPLE = json.dumps({"series": [{"store_id": "CA_1", "item_id": "FOODS_3_090"}], "horizon": 1})
QUICK = ("readiness_probe.initial_delay=1", "readiness_probe.period=1", "readiness_probe.failure_threshold=2")


@pytest.fixture
def shop(engine: Engine, project: Path) -> Iterator[ImageShop]:
    """A project whose image holds the behaving server, built; and a model with a sample request."""
    server = (Path(__file__).parent / "behaving.py").read_text()
    (project / "serving" / "app.py").write_text(server)
    lines = (f"FROM {BASE}", f"LABEL {MARK}={project.parent.name}", "COPY serving/ serving/", "USER 10001")
    command = 'CMD ["python", "serving/app.py"]'
    (project / "templates" / "infer.Dockerfile.j2").write_text("\n".join((*lines, command)) + "\n")
    made = ImageShop(project, engine)
    made.tools.clock = SystemClock()
    made.world.add_model(3, tags={tags.SAMPLE: SAMPLE})
    build(made.tools, BuildRequest(("infer",), push=False))
    yield made
    left = engine.api.containers(all=True, filters={"label": f"{MARK}={project.parent.name}"})
    made.clear()
    assert left == []


def behaving(shop: ImageShop, how: str, memory_bytes: int | None = None) -> RehearsalResult:
    sets = (f"environment_variables.BEHAVES={how}", *QUICK)
    return rehearse(shop.tools, RehearsalRequest(sets=sets, memory_bytes=memory_bytes))


def test_a_sound_image_becomes_ready_and_answers_the_model_s_own_request(shop: ImageShop) -> None:
    result = behaving(shop, "well")
    assert (result.status, result.forecasts, result.model) == (200, 1, "retail-forecast:3")
    assert result.ready_s < result.allowed_s == 3.0
    assert result.next.startswith("retailctl deploy")


@pytest.mark.parametrize(
    ("how", "says", "reason"),
    [
        ("exits", "the container ended with exit code 7", "it would be started again"),
        ("elsewhere", "/ready was not answered within 3.0s", "nothing answers at its port"),
        ("unready", "/ready still answered 503 after 3.0s", "{}"),
        ("dead", "/live answered 500", "would start the container again"),
        ("mute", "/score answered 422, and no forecast", "no such series"),
    ],
)
def test_what_would_fail_there_is_told_with_the_log(shop: ImageShop, how: str, says: str, reason: str) -> None:
    with pytest.raises(TrialFailed) as caught:
        behaving(shop, how)
    assert says in caught.value.message
    assert reason in str(caught.value.reason)
    assert f"starting {how}" in str(caught.value.details["log"])


def test_a_container_that_is_killed_for_memory_is_told_so(shop: ImageShop) -> None:
    with pytest.raises(TrialFailed, match="killed for memory"):
        behaving(shop, "eats", memory_bytes=64 << 20)


def test_an_image_that_is_ready_at_the_last_moment_is_a_warning(shop: ImageShop) -> None:
    result = behaving(shop, "late")
    assert result.status == 200
    assert shop.told(Caution) == [f"it was ready after {result.ready_s:.0f} of the 3 s that its probe allows"]


def test_an_image_that_the_engine_does_not_hold_is_named(shop: ImageShop) -> None:
    absent = "registry.example/retail/infer@sha256:" + "e" * 64
    with pytest.raises(ResourceNotFound, match="does not hold registry"):
        rehearse(shop.tools, RehearsalRequest(image=absent))


def test_a_deployment_is_tried_here_first_and_not_sent_when_it_fails(shop: ImageShop) -> None:
    shop.tools.settings = type(shop.tools.settings)(profile="prod")
    sets = ("environment_variables.BEHAVES=exits", *QUICK)
    with pytest.raises(TrialFailed) as caught:
        deploy(shop.tools, DeployRequest("green", sets=sets))
    assert "--no-preflight" in caught.value.hint
    assert "deployments.apply" not in shop.world.calls
    deploy(shop.tools, DeployRequest("green", sets=sets, preflight=False, smoke_test=False))
    assert "deployments.apply" in shop.world.calls
