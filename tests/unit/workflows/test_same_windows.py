"""Training for a comparison: the champion's windows become the new job's, and what contradicts them is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from retailctl.errors import InvalidData, InvalidInput, ResourceNotFound
from retailctl.workflows.events import Notice
from retailctl.workflows.train import TrainRequest, TrainResult, train
from tests.unit.domain.comparison.backtests import scored
from tests.unit.workflows.fakes import Shop
from tests.unit.workflows.test_compare import add_model
from tests.unit.workflows.trained import data_folder, script

WINDOWS = "--horizon 28 --backtest_origins 4 --backtest_end 2016-05-22"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A champion of four windows that takes the traffic, data, and a job that will complete."""
    shop = Shop(tmp_path / "project", data=str(data_folder(tmp_path / "data")))
    add_model(shop, 1, scored(0.70, 0.72, 0.69, 0.71))
    shop.world.add_endpoint(traffic={"blue": 100})
    shop.world.add_slot("blue")
    shop.world.next_job = script()
    return shop


def trained(shop: Shop, *sets: str, champion: str = "live", **rest: bool) -> TrainResult:
    return train(shop.tools, TrainRequest(sets, champion=champion, **rest))  # type: ignore[arg-type]


def options(result: TrainResult) -> str:
    """What the training script is told beside data and folder."""
    command = str(yaml.safe_load(result.file.read_text())["command"])
    return command.partition("${{outputs.model_out}} ")[2]


@pytest.mark.parametrize("champion", ["live", "1", "retail-forecast:1", "job-1"])
def test_the_backtest_has_the_champion_s_windows(shop: Shop, champion: str) -> None:
    result = trained(shop, "seed=1", champion=champion)
    assert options(result) == f"--seed 1 {WINDOWS}"
    assert result.next == f"retailctl job compare {result.job} {champion}"
    name = champion if champion == "job-1" else "retail-forecast:1"
    told = [event.text for event in shop.events if isinstance(event, Notice)]
    assert told == [f"backtest to 2016-05-22 over 4 windows, 4 of them {name}'s"]


def test_a_dry_run_shows_the_windows_and_repeats_the_champion(shop: Shop) -> None:
    result = trained(shop, "seed=1", dry_run=True)
    assert options(result) == f"--seed 1 {WINDOWS}"
    assert result.next == "retailctl train --champion live --set seed=1"
    assert [call for call in shop.world.writes() if not call.endswith(".download")] == []


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        (("backtest_origins=3",), "--backtest_origins 3 --horizon 28 --backtest_end 2016-05-22"),
        (("backtest_origins=9", "horizon=28"), "--backtest_origins 9 --horizon 28 --backtest_end 2016-05-22"),
        (("backtest_end=2016-06-19",), "--backtest_end 2016-06-19 --horizon 28 --backtest_origins 4"),
        (("backtest_end=2016-07-17",), "--backtest_end 2016-07-17 --horizon 28 --backtest_origins 5"),
    ],
)
def test_what_was_set_wins_and_three_windows_stay_shared(shop: Shop, sets: tuple[str, ...], expected: str) -> None:
    assert options(trained(shop, *sets)) == expected


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (("horizon=14",), "horizon=14 contradicts --champion: retail-forecast:1 has 28 days"),
        (("backtest_origins=2",), "backtest_origins=2 contradicts --champion: 2 of retail-forecast:1's windows"),
        (("backtest_end=2016-05-29",), "backtest_end=2016-05-29 contradicts --champion: 0 of"),
        (("backtest_end=2016-06-19", "backtest_origins=3"), "backtest_end=2016-06-19 contradicts --champion: 2 of"),
        (("backtest_end=soon",), "backtest_end=soon is no date"),
        (("backtest_origins=many",), "backtest_origins=many is no whole number from 1 to 20"),
    ],
)
def test_what_contradicts_the_champion_is_refused_before_a_job_is_sent(
    shop: Shop, sets: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        trained(shop, *sets)
    assert "jobs.submit" not in shop.world.calls


def test_a_champion_of_too_few_windows_is_to_be_trained_anew(shop: Shop) -> None:
    add_model(shop, 2, scored(0.70, 0.72))
    with pytest.raises(InvalidData, match="no model can be compared with model retail-forecast:2") as caught:
        trained(shop, champion="2")
    assert caught.value.hint.endswith("retailctl train --data azureml:sales:3 --set backtest_origins=3")


def test_a_champion_that_is_not_there_is_named(shop: Shop) -> None:
    with pytest.raises(ResourceNotFound, match="7"):
        trained(shop, champion="7")
