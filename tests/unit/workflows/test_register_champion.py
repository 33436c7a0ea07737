"""Register with a champion: only what is better becomes a version, and the version says what it was better than."""

from __future__ import annotations

import json

import pytest

from retailctl.domain import tags
from retailctl.errors import CandidateRejected, Inconclusive, InvalidData, InvalidInput
from retailctl.workflows.events import Caution, Notice
from retailctl.workflows.register import RegisterRequest, RegisterResult, register
from retailctl.workflows.trial import Terms
from tests.unit.domain.comparison.backtests import scored
from tests.unit.workflows.fakes import Shop
from tests.unit.workflows.test_compare import BETTER, SAME, WORSE, add_job, add_model


@pytest.fixture
def reigning(shop: Shop) -> Shop:
    """A champion, registered as version 1, that takes the traffic."""
    add_model(shop, 1, scored(*WORSE))
    shop.world.add_endpoint(traffic={"blue": 100})
    shop.world.add_slot("blue")
    return shop


def registered(shop: Shop, champion: str = "live", **rest: bool) -> RegisterResult:
    force = rest.pop("force", False)
    return register(shop.tools, RegisterRequest("new", terms=Terms(champion, force=force), **rest))  # type: ignore[arg-type]


def test_a_better_model_is_registered_with_the_verdict(reigning: Shop) -> None:
    add_job(reigning, "new", scored(*BETTER))
    result = registered(reigning)
    assert (result.model, result.outcome, result.champion) == ("retail-forecast:2", "registered", "retail-forecast:1")
    assert result.comparison is not None
    carried = reigning.world.models["retail-forecast", 2].tags
    assert (carried[tags.CHAMPION], carried[tags.VERDICT]) == ("retail-forecast:1", "promoted")
    figures = json.loads(carried[tags.VERDICT_FIGURES])
    assert figures["measure"] == "wrmsse"
    assert (figures["candidate_score"], figures["champion_score"]) == (0.6033, 0.7033)
    assert figures["difference"] == pytest.approx(-0.1421, abs=1e-4)
    assert figures["windows"] == 3
    assert max(map(len, carried.values())) <= 256


@pytest.mark.parametrize(
    ("backtest", "kind"), [(scored(0.80, 0.82, 0.81), CandidateRejected), (scored(*SAME), Inconclusive)]
)
def test_any_other_is_not_registered(reigning: Shop, backtest: object, kind: type[CandidateRejected]) -> None:
    add_job(reigning, "new", backtest)
    with pytest.raises(kind, match="nothing was registered") as caught:
        registered(reigning)
    assert caught.value.hint == (
        "retailctl job compare new retail-forecast:1 for every figure, "
        "or retailctl register --job new --champion retail-forecast:1 --force"
    )
    assert caught.value.details["champion"] == "retail-forecast:1"
    assert list(reigning.world.models) == [("retail-forecast", 1)]


def test_force_registers_it_with_the_verdict_and_a_caution(reigning: Shop) -> None:
    add_job(reigning, "new", scored(*SAME))
    assert registered(reigning, force=True).model == "retail-forecast:2"
    assert reigning.world.models["retail-forecast", 2].tags[tags.VERDICT] == "inconclusive"
    cautions = [event.text for event in reigning.events if isinstance(event, Caution)]
    assert cautions == ["registering new although it is inconclusive"]


def test_force_without_a_champion_is_refused_before_asking(reigning: Shop) -> None:
    with pytest.raises(InvalidInput, match="no champion was named"):
        register(reigning.tools, RegisterRequest("new", terms=Terms(force=True)))
    assert reigning.world.calls == []


def test_a_dry_run_compares_and_registers_nothing(reigning: Shop) -> None:
    add_job(reigning, "new", scored(*BETTER))
    result = registered(reigning, dry_run=True)
    assert (result.outcome, result.tags[tags.VERDICT]) == ("planned", "promoted")
    assert result.next == "retailctl register --job new --champion live"
    surer = register(reigning.tools, RegisterRequest("new", dry_run=True, terms=Terms("1", 0.9, force=True)))
    assert surer.next == "retailctl register --job new --champion 1 --confidence 0.9 --force"
    assert list(reigning.world.models) == [("retail-forecast", 1)]


def test_registering_again_after_the_release_finds_the_champion_itself(reigning: Shop) -> None:
    add_job(reigning, "new", scored(*BETTER))
    registered(reigning)
    again = registered(reigning)
    assert (again.model, again.outcome) == ("retail-forecast:2", "unchanged")
    reigning.world.add_slot("blue", model="retail-forecast:2")
    after = registered(reigning)
    assert (after.outcome, after.comparison) == ("unchanged", None)
    assert [e.text for e in reigning.events if isinstance(e, Notice)] == ["retail-forecast:2 is the champion itself"]


def test_what_was_registered_without_a_trial_is_tried_all_the_same(reigning: Shop) -> None:
    add_job(reigning, "new", scored(*SAME))
    register(reigning.tools, RegisterRequest("new"))
    with pytest.raises(Inconclusive, match="it was registered before, as retail-forecast:2"):
        registered(reigning)
    add_job(reigning, "new", scored(*BETTER))
    assert registered(reigning).outcome == "unchanged"
    assert reigning.world.models["retail-forecast", 2].tags[tags.VERDICT] == "promoted"
    assert reigning.world.models["retail-forecast", 2].tags[tags.JOB] == "new"


def test_a_job_without_windows_is_not_registered_against_a_champion(reigning: Shop) -> None:
    add_job(reigning, "new", None)
    with pytest.raises(InvalidData, match="job new cannot be compared"):
        registered(reigning)
    assert register(reigning.tools, RegisterRequest("new")).outcome == "registered"


def test_a_job_is_not_its_own_champion(reigning: Shop) -> None:
    add_job(reigning, "new", scored(*BETTER))
    with pytest.raises(InvalidInput, match="the same model"):
        registered(reigning, champion="new")
