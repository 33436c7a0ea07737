"""Compare finds two models by what people call them, and says what comes next."""

from __future__ import annotations

import json
from typing import Any

import pytest

from retailctl.domain import tags
from retailctl.errors import (
    CandidateRejected,
    Inconclusive,
    InvalidData,
    InvalidInput,
    InvalidName,
    ResourceNotFound,
    WrongState,
)
from retailctl.workflows.compare import CompareRequest, CompareResult, compare
from retailctl.workflows.plain import plain
from tests.unit.domain.comparison.backtests import origins, scored
from tests.unit.workflows.fakes import Shop
from tests.unit.workflows.trained import output

BETTER, WORSE, SAME = (0.60, 0.61, 0.60), (0.70, 0.72, 0.69), (0.69, 0.74, 0.68)


def add_job(shop: Shop, name: str, backtest: Any, status: str = "Completed", **rest: object) -> None:
    """A job of the train step that left a model with this backtest."""
    carried = {tags.TRAINS: "retail-forecast", tags.DATA: "azureml:sales:3"}
    shop.world.add_job(name, status, tags=carried, **rest)
    text = None if backtest is None else json.dumps(backtest)
    shop.world.job_files[name] = {"model_out": output(**{"backtest.json": text})}


def add_model(shop: Shop, version: int, backtest: Any) -> None:
    """The same, registered."""
    add_job(shop, f"job-{version}", backtest)
    shop.world.add_model(version, tags={tags.JOB: f"job-{version}", tags.DATA: "azureml:sales:3"})


@pytest.fixture
def two(shop: Shop) -> Shop:
    """A candidate's job, and a champion that is registered as version 1 and takes the traffic."""
    add_model(shop, 1, scored(*WORSE))
    add_job(shop, "new", scored(*BETTER))
    shop.world.add_endpoint(traffic={"blue": 100})
    shop.world.add_slot("blue")
    shop.world.add_slot("green", model="retail-forecast:9")
    return shop


def compared(shop: Shop, candidate: str = "new", champion: str = "retail-forecast:1") -> CompareResult:
    return compare(shop.tools, CompareRequest(candidate, champion))


@pytest.mark.parametrize(
    ("champion", "name"),
    [
        ("retail-forecast:1", "retail-forecast:1"),
        ("azureml:retail-forecast:1", "retail-forecast:1"),
        ("1", "retail-forecast:1"),
        ("live", "retail-forecast:1"),
        ("job-1", "job-1"),
    ],
)
def test_a_champion_is_a_version_the_live_one_or_a_job(two: Shop, champion: str, name: str) -> None:
    result = compared(two, champion=champion)
    assert (result.champion.name, result.champion.job) == (name, "job-1")
    assert result.comparison.verdict == "promoted"
    assert result.next == f"retailctl register --job new --champion {name}"
    assert [call for call in two.world.writes() if not call.endswith(".download")] == []


def test_a_candidate_that_is_registered_already_is_deployed_next(two: Shop) -> None:
    add_model(two, 2, scored(*BETTER))
    assert compared(two, "2", "1").next == "retailctl deploy --slot green --model retail-forecast:2"


def test_the_result_is_plain_json(two: Shop) -> None:
    shown = json.loads(json.dumps(plain(compared(two))))
    assert shown["comparison"]["windows"][0]["origin"] == origins(3)[0]
    assert set(shown["comparison"]["test"]) == {"difference", "low", "high", "p_value", "windows"}
    assert shown["candidate"] == {"name": "new", "job": "new", "model": None, "data": "azureml:sales:3"}


def test_a_rejected_and_an_inconclusive_candidate_end_differently(two: Shop) -> None:
    compared(two).require_promoted()
    with pytest.raises(CandidateRejected, match="model retail-forecast:1 against job new: rejected") as rejected:
        compared(two, "1", "new").require_promoted()
    assert rejected.value.exit_code == 9
    assert "WRMSSE 0.7033 against 0.6033, difference +16.6%" in str(rejected.value.reason)
    add_job(two, "same", scored(*SAME))
    with pytest.raises(Inconclusive) as inconclusive:
        compared(two, "same").require_promoted()
    assert inconclusive.value.exit_code == 11
    assert inconclusive.value.details["verdict"] == "inconclusive"


ON_SALES = "retailctl train --data azureml:sales:3"
EARLIER, LATER = ["2016-02-22", "2016-03-21", "2016-04-18"], ["2016-03-07", "2016-04-04", "2016-05-02"]


@pytest.mark.parametrize(
    ("champion", "advice"),
    [
        (
            scored(*SAME, first=EARLIER),
            "train the candidate again, over the champion's 3 windows to 2016-05-15: "
            "retailctl train --champion old --data azureml:sales:3 --set seed=1",
        ),
        (
            scored(*SAME, first=LATER),
            "train with the champion's code and options on the candidate's data, and compare with that job: "
            f"{ON_SALES} --set rows=9 --set backtest_origins=3 --set backtest_end=2016-05-22",
        ),
        (
            scored(*SAME),
            "train both again on the same data, over more windows: "
            f"{ON_SALES} --set backtest_origins=6 --set seed=1 --set backtest_end=2016-05-22, and with the champion's "
            f"code {ON_SALES} --set rows=9 --set backtest_origins=6 --set backtest_end=2016-05-22",
        ),
    ],
)
def test_an_inconclusive_one_names_the_command_that_tells_more(shop: Shop, champion: Any, advice: str) -> None:
    fixed = "python training/train.py --data ${{inputs.train_data}} --out_dir ${{outputs.model_out}}"
    add_job(shop, "new", scored(0.70, 0.72, 0.69), command=f"{fixed} --backtest_origins 3 --seed 1")
    add_job(shop, "old", champion, command=f"{fixed} --rows 9")
    assert compared(shop, "new", "old").next == advice


def test_what_a_job_was_trained_with_is_left_out_of_the_command_where_the_job_is_gone(shop: Shop) -> None:
    add_model(shop, 1, scored(*SAME, first=EARLIER))
    add_model(shop, 2, scored(*BETTER))
    del shop.world.jobs["job-2"]
    assert compared(shop, "2", "1").next.endswith(
        ": retailctl train --champion retail-forecast:1 --data azureml:sales:3"
    )


def test_another_horizon_is_named_in_the_command(shop: Shop) -> None:
    add_job(shop, "new", scored(*BETTER))
    short = scored(*WORSE, first=["2016-02-02", "2016-03-01", "2016-03-29"])
    for each in short["windows"]:
        each["units"] = each["units"][:7]
        for method in each["methods"].values():
            method.update(error=method["error"][:7], absolute_error=method["absolute_error"][:7])
    add_job(shop, "old", {**short, "horizon": 7})
    assert compared(shop, "new", "old").next.endswith(
        "--set horizon=28 --set backtest_origins=3 --set backtest_end=2016-05-22"
    )


@pytest.mark.parametrize("backtest", [None, [{"by": "all"}]])
def test_a_model_from_before_windows_were_kept_is_named_with_the_way_out(two: Shop, backtest: Any) -> None:
    add_model(two, 5, backtest)
    with pytest.raises(InvalidData, match="model retail-forecast:5 cannot be compared") as caught:
        compared(two, "new", "5")
    assert caught.value.hint == "train it anew: retailctl train --data azureml:sales:3"


def test_a_model_is_not_compared_with_itself(two: Shop) -> None:
    for candidate in ("job-1", "retail-forecast:1"):
        with pytest.raises(InvalidInput, match="the same model"):
            compared(two, candidate, "live")


@pytest.mark.parametrize(
    ("name", "kind", "hint"),
    [
        ("no-such", ResourceNotFound, "retailctl job list"),
        ("retail-forecast:7", ResourceNotFound, "retailctl model list --name retail-forecast"),
        ("7", ResourceNotFound, "retailctl model list --name retail-forecast"),
        ("retail-forecast@latest", InvalidInput, "retailctl model list"),
        ("retail-forecast:x", InvalidInput, "retailctl model list"),
        ("no such job", InvalidName, "choose another job name"),
    ],
)
def test_what_is_not_there_is_named(two: Shop, name: str, kind: type[Exception], hint: str) -> None:
    with pytest.raises(kind) as caught:
        compared(two, champion=name)
    assert caught.value.hint.startswith(hint)  # type: ignore[attr-defined]


def test_only_a_completed_job_is_compared(two: Shop) -> None:
    add_job(two, "late", None, "Running")
    with pytest.raises(WrongState, match="only the output of a completed job can be compared") as caught:
        compared(two, "late")
    assert caught.value.hint == "retailctl job stream late"


def test_live_is_refused_where_no_version_or_several_take_traffic(two: Shop) -> None:
    two.world.add_endpoint(traffic={"blue": 50, "green": 50})
    with pytest.raises(WrongState, match="retail-forecast:1 and retail-forecast:9 share the traffic") as caught:
        compared(two, champion="live")
    assert caught.value.hint == "name retail-forecast:1 or retail-forecast:9 instead of live"
    two.world.add_endpoint(traffic={})
    with pytest.raises(WrongState, match="no slot of retail-forecast-endpoint takes traffic"):
        compared(two, champion="live")
    del two.world.endpoints["retail-forecast-endpoint"]
    with pytest.raises(WrongState, match="no version is live"):
        compared(two, champion="live")


@pytest.mark.parametrize("confidence", [0.3, 1.0, 95.0, float("nan")])
def test_a_confidence_that_is_none_is_refused_before_asking(two: Shop, confidence: float) -> None:
    with pytest.raises(InvalidInput, match="a confidence of"):
        compare(two.tools, CompareRequest("new", "live", confidence))
    assert two.world.calls == []
