"""A release goes to the idle slot step by step, and carries on where it stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from retailctl.azureml.scoring import ScoringAnswer
from retailctl.domain import tags
from retailctl.errors import DeploymentFailed, InvalidInput, JobFailed, ServerFault, SmokeTestFailed, Stale, WrongState
from retailctl.workflows.release import ReleaseRequest, ReleaseResult, release
from tests.unit.workflows.fakes import Shop
from tests.unit.workflows.trained import data_folder, forecasting, script

ENDPOINT = "retail-forecast-endpoint"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """An empty workspace, data, jobs that complete and slots that forecast."""
    data = str(data_folder(tmp_path / "data"))
    shop = Shop(tmp_path / "project", data=data, origins={"data": "flag --data"})
    shop.world.next_job = script()
    shop.world.answer = forecasting
    return shop


def run(shop: Shop, **rest: object) -> ReleaseResult:
    shop.world.clock.elapsed += 60
    return release(shop.tools, ReleaseRequest(**rest))  # type: ignore[arg-type]


def traffic(shop: Shop) -> dict[str, int]:
    return shop.world.endpoints[ENDPOINT].traffic.live


def outcomes(result: ReleaseResult) -> dict[str, str]:
    return {report.step: report.outcome for report in result.steps}


def test_the_first_release_ends_with_blue_serving_everything(shop: Shop) -> None:
    result = run(shop)
    assert (result.model, result.slot, result.traffic) == ("retail-forecast:1", "blue", {"blue": 100})
    assert list(outcomes(result).values()) == ["done"] * 5
    assert traffic(shop) == {"blue": 100}
    assert shop.world.models["retail-forecast", 1].tags[tags.JOB] == result.job
    assert result.next == "retailctl invoke"


def test_each_release_goes_to_the_slot_the_last_one_left(shop: Shop) -> None:
    assert [run(shop).slot for _ in range(4)] == ["blue", "green", "blue", "green"]
    assert traffic(shop) == {"green": 100}
    assert [slot.model for slot in shop.workspace.deployments.list(ENDPOINT)] == [
        "retail-forecast:3",
        "retail-forecast:4",
    ]


def test_the_new_slot_is_tested_before_it_gets_traffic(shop: Shop) -> None:
    run(shop)
    shop.world.calls.clear()
    result = run(shop)
    calls = shop.world.calls
    assert calls.index("deployments.apply") < calls.index("scoring.score") < calls.index("endpoints.change")
    assert result.next == "retailctl rollback"


def test_between_two_slots_with_traffic_none_is_chosen(shop: Shop) -> None:
    run(shop)
    run(shop)
    shop.tools.workspace.endpoints.change(ENDPOINT, lambda _: _split(blue=50, green=50))
    with pytest.raises(WrongState, match="no slot is free"):
        run(shop, dry_run=True)


def _split(**shares: int) -> object:
    from retailctl.azureml.endpoints import EndpointEdit
    from retailctl.domain.traffic import Traffic

    return EndpointEdit(traffic=Traffic(shares))


def test_a_dry_run_names_the_steps_and_the_slot_and_sends_nothing(shop: Shop) -> None:
    run(shop)
    shop.world.calls.clear()
    result = run(shop, dry_run=True)
    assert set(outcomes(result).values()) == {"planned"}
    assert (result.slot, result.traffic, result.planned) == ("green", {"blue": 0, "green": 100}, True)
    assert shop.world.writes() == []


def test_a_failed_step_says_how_to_resume_in_the_user_s_own_words(shop: Shop) -> None:
    shop.world.next_job = script(status="Failed", exit_code=6)
    with pytest.raises(JobFailed) as caught:
        run(shop, sets=("seed=1",))
    resume = "retailctl release --resume --set seed=1"
    assert caught.value.hint.startswith("retailctl job logs retail-train-")
    assert caught.value.hint.endswith(f"; then {resume}")
    assert caught.value.details["step"] == "train"
    assert caught.value.details["resume"] == resume
    assert shop.world.models == {}
    assert shop.world.endpoints == {}


def test_resuming_after_a_failed_job_trains_again(shop: Shop) -> None:
    shop.world.next_job = script(status="Failed", exit_code=1)
    with pytest.raises(JobFailed):
        run(shop)
    shop.world.next_job = script()
    assert outcomes(run(shop, resume=True))["train"] == "done"
    assert len(shop.world.jobs) == 2


def test_resuming_uses_the_job_that_trained_the_same(shop: Shop) -> None:
    shop.world.faults["models.create"] = [ServerFault("later")]
    with pytest.raises(ServerFault):
        run(shop)
    result = run(shop, resume=True)
    assert outcomes(result) == {
        "build": "unchanged",
        "train": "unchanged",
        "register": "done",
        "deploy": "done",
        "traffic": "done",
    }
    assert len(shop.world.jobs) == 1


def test_resuming_with_other_data_trains_anew(shop: Shop) -> None:
    run(shop)
    Path(str(shop.tools.settings.data), "sales.csv").write_text("other\n")
    assert outcomes(run(shop, resume=True))["train"] == "done"
    assert len(shop.world.jobs) == 2


def test_resuming_follows_a_job_that_is_still_training(shop: Shop) -> None:
    run(shop)
    (name,) = shop.world.jobs
    shop.world.jobs[name] = replace(shop.world.jobs[name], status="Running")
    shop.world.faults["jobs.log_chunks"] = [ServerFault("the stream broke")]
    with pytest.raises(ServerFault) as caught:
        run(shop, resume=True)
    assert caught.value.details["step"] == "train"
    assert list(shop.world.jobs) == [name]


def test_resuming_after_a_failed_deployment_uses_the_model_and_the_slot(shop: Shop) -> None:
    shop.world.next_slot_fails = DeploymentFailed("slot blue failed")
    with pytest.raises(DeploymentFailed):
        run(shop)
    result = run(shop, resume=True)
    assert (result.slot, result.model) == ("blue", "retail-forecast:1")
    assert outcomes(result)["register"] == "unchanged"
    assert traffic(shop) == {"blue": 100}


def test_a_failed_smoke_test_leaves_traffic_and_is_repeated_on_resume(shop: Shop) -> None:
    run(shop)
    shop.world.answer = lambda slot, body: ScoringAnswer(424, b"", 0.1, slot)
    for resume in (False, True):
        with pytest.raises(SmokeTestFailed):
            run(shop, resume=resume)
        assert traffic(shop) == {"blue": 100}
    shop.world.answer = forecasting
    result = run(shop, resume=True)
    assert outcomes(result)["deploy"] == "unchanged"
    assert traffic(shop) == {"green": 100}


def test_resuming_a_finished_release_changes_nothing(shop: Shop) -> None:
    run(shop)
    shop.world.calls.clear()
    result = run(shop, resume=True)
    assert set(outcomes(result).values()) == {"unchanged"}
    assert shop.world.writes() == []
    assert (result.slot, result.traffic) == ("blue", {"blue": 100})


def test_a_release_can_begin_with_a_later_step(shop: Shop) -> None:
    run(shop)
    other = "r.example/i@sha256:" + "c" * 64
    result = run(shop, from_step="deploy", infer_image=other)
    assert outcomes(result) == {
        "build": "skipped",
        "train": "skipped",
        "register": "skipped",
        "deploy": "done",
        "traffic": "done",
    }
    assert (result.slot, result.model) == ("green", "retail-forecast:1")
    assert len(shop.world.jobs) == 1


def test_beginning_with_register_takes_the_last_train_step_s_job(shop: Shop) -> None:
    shop.world.faults["models.create"] = [ServerFault("later")]
    with pytest.raises(ServerFault):
        run(shop)
    assert run(shop, from_step="register").job == next(iter(shop.world.jobs))


def test_traffic_alone_goes_to_the_slot_that_holds_the_model(shop: Shop) -> None:
    run(shop)
    shop.world.faults["endpoints.change"] = [ServerFault("later")]
    with pytest.raises(ServerFault):
        run(shop)
    assert run(shop, from_step="traffic").slot == "green"
    assert traffic(shop) == {"green": 100}


def test_a_slot_that_somebody_else_replaced_after_its_test_gets_no_traffic(shop: Shop) -> None:
    run(shop)

    def answer(slot: str, body: bytes) -> ScoringAnswer:
        there = shop.world.deployments[ENDPOINT, slot]
        shop.world.deployments[ENDPOINT, slot] = replace(there, tags={**there.tags, tags.CONFIG_HASH: "theirs"})
        return forecasting(slot, body)

    shop.world.answer = answer
    with pytest.raises(Stale, match="somebody else"):
        run(shop)
    assert traffic(shop) == {"blue": 100}


def test_an_unknown_step_is_answered_with_the_nearest(shop: Shop) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(shop, from_step="regster")
    assert caught.value.reason == "did you mean 'register'?"
    assert shop.world.calls == []
