"""A release against a champion: nothing is registered, deployed or given traffic that is not better."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from retailctl.errors import CandidateRejected, Inconclusive, InvalidInput, WrongState
from retailctl.workflows.release import ReleaseRequest, ReleaseResult, release
from tests.unit.domain.comparison.backtests import scored
from tests.unit.workflows.fakes import Shop
from tests.unit.workflows.test_compare import BETTER, SAME, WORSE
from tests.unit.workflows.trained import data_folder, forecasting, output, script

ENDPOINT = "retail-forecast-endpoint"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A workspace whose first release, of a model that can be beaten, is done."""
    shop = Shop(tmp_path / "project", data=str(data_folder(tmp_path / "data")), origins={"data": "flag --data"})
    shop.world.answer = forecasting
    trains(shop, WORSE)
    run(shop)
    return shop


def trains(shop: Shop, wrmsse: Sequence[float]) -> None:
    """What the next job's model is worth."""
    shop.world.next_job = script(files={"model_out": output(**{"backtest.json": json.dumps(scored(*wrmsse))})})


def run(shop: Shop, **rest: object) -> ReleaseResult:
    shop.world.clock.elapsed += 60
    return release(shop.tools, ReleaseRequest(**rest))  # type: ignore[arg-type]


def traffic(shop: Shop) -> dict[str, int]:
    return shop.world.endpoints[ENDPOINT].traffic.live


def test_a_better_model_goes_all_the_way(shop: Shop) -> None:
    trains(shop, BETTER)
    result = run(shop, champion="live")
    assert (result.model, traffic(shop)) == ("retail-forecast:2", {"green": 100})
    texts = {report.step: report.text for report in result.steps}
    assert texts["register"].endswith(", better than retail-forecast:1")
    again = run(shop, champion="live", resume=True)
    assert {report.step: report.outcome for report in again.steps}["train"] == "unchanged"
    assert (again.model, traffic(shop)) == ("retail-forecast:2", {"green": 100})


@pytest.mark.parametrize(("wrmsse", "kind"), [((0.80, 0.82, 0.81), CandidateRejected), (SAME, Inconclusive)])
def test_any_other_ends_the_release_before_anything_is_registered(
    shop: Shop, wrmsse: Sequence[float], kind: type[CandidateRejected]
) -> None:
    trains(shop, wrmsse)
    with pytest.raises(kind, match="nothing was registered") as caught:
        run(shop, champion="live", infer_image="r.example/i@sha256:" + "b" * 64)
    job = caught.value.details["candidate"]
    forced = f"retailctl register --job {job} --champion retail-forecast:1 --force"
    resume = "retailctl release --from deploy --infer-image r.example/i@sha256:" + "b" * 64
    assert caught.value.hint.endswith(f"{forced}; then {resume}")
    assert caught.value.details["step"] == "register"
    assert list(shop.world.models) == [("retail-forecast", 1)]
    assert traffic(shop) == {"blue": 100}
    assert [slot.name for slot in shop.workspace.deployments.list(ENDPOINT)] == ["blue"]


def test_a_dry_run_says_what_the_model_has_to_beat(shop: Shop) -> None:
    result = run(shop, champion="live", dry_run=True)
    texts = {report.step: report.text for report in result.steps}
    assert texts["register"].endswith(", if it is better than live")
    assert result.next == "retailctl release --champion live"


def test_a_champion_that_is_not_there_is_missed_before_anything_is_done(shop: Shop) -> None:
    endpoint = shop.world.endpoints[ENDPOINT]
    shop.world.endpoints[ENDPOINT] = replace(endpoint, traffic=type(endpoint.traffic)({}))
    shop.world.calls.clear()
    with pytest.raises(WrongState, match="no version is live"):
        run(shop, champion="live")
    assert shop.world.writes() == []


def test_a_release_that_registers_nothing_takes_no_champion(shop: Shop) -> None:
    with pytest.raises(InvalidInput, match="a release from deploy compares nothing") as caught:
        run(shop, from_step="deploy", champion="live")
    assert caught.value.hint == "leave --champion out, or the same line with --from register"
