"""Register takes the train step's own job, once, and writes where the model comes from."""

from __future__ import annotations

import json

import pytest
import yaml

from retailctl.domain import tags
from retailctl.errors import InvalidData, InvalidName, ResourceNotFound, WrongState
from retailctl.workflows.events import StepDone
from retailctl.workflows.register import RegisterRequest, register
from tests.unit.workflows.fakes import Shop
from tests.unit.workflows.trained import SAMPLE, output

INFER = "localhost/retail/infer@sha256:" + "d" * 64
TRAINED = {
    tags.TRAINS: "retail-forecast",
    tags.GIT_SHA: "abc",
    tags.DATA: "azureml:sales:3",
    tags.INFER_IMAGE: INFER,
}


def add_job(shop: Shop, name: str = "job-1", status: str = "Completed", **rest: object) -> None:
    """A job of the train step, with what it left."""
    files = rest.pop("files", output())
    shop.world.clock.elapsed += 1
    shop.world.add_job(name, status, tags=rest.pop("tags", TRAINED), **rest)
    shop.world.job_files[name] = {"model_out": files}  # type: ignore[dict-item]


def test_the_model_carries_its_lineage(shop: Shop) -> None:
    add_job(shop)
    result = register(shop.tools, RegisterRequest())
    assert (result.model, result.version, result.outcome) == ("retail-forecast:1", 1, "registered")
    assert result.metrics == {"wape": "0.612346", "wape_seasonal_naive": "0.8"}
    carried = shop.world.models["retail-forecast", 1].tags
    assert carried[tags.JOB] == "job-1"
    assert carried[tags.GIT_SHA] == "abc"
    assert carried[tags.DATA] == "azureml:sales:3"
    assert carried[tags.INFER_IMAGE] == INFER
    assert carried[tags.DATA_FINGERPRINT] == "f" * 64
    assert json.loads(carried[tags.SAMPLE]) == SAMPLE


def test_the_step_ends_with_the_error_beside_the_naive_one_s(shop: Shop) -> None:
    add_job(shop)
    register(shop.tools, RegisterRequest())
    assert [event.text for event in shop.events if isinstance(event, StepDone)][-1].endswith(
        "WAPE 0.612, seasonal naive 0.800"
    )


def test_the_document_names_the_job_s_output_and_no_version(shop: Shop) -> None:
    add_job(shop)
    file = register(shop.tools, RegisterRequest()).file
    assert file is not None
    document = yaml.safe_load(file.read_text())
    assert document["path"] == "azureml://jobs/job-1/outputs/model_out"
    assert "version" not in document


def test_the_newest_job_of_somebody_else_is_not_taken(shop: Shop) -> None:
    add_job(shop, "ours")
    add_job(shop, "another-model", tags={**TRAINED, tags.TRAINS: "other"})
    shop.world.add_job("somebody-else-s")
    assert register(shop.tools, RegisterRequest()).job == "ours"


def test_of_several_train_steps_the_last_one_counts_even_when_it_has_not_ended(shop: Shop) -> None:
    add_job(shop, "first")
    add_job(shop, "second", "Running")
    with pytest.raises(WrongState) as caught:
        register(shop.tools, RegisterRequest())
    assert caught.value.hint == "retailctl job stream second"
    assert register(shop.tools, RegisterRequest("first")).job == "first"


@pytest.mark.parametrize(("status", "verb"), [("Failed", "logs"), ("Canceled", "logs"), ("Queued", "stream")])
def test_only_a_completed_job_is_registered(shop: Shop, status: str, verb: str) -> None:
    add_job(shop, status=status, error="exit code 6")
    with pytest.raises(WrongState) as caught:
        register(shop.tools, RegisterRequest())
    assert caught.value.hint == f"retailctl job {verb} job-1"
    assert shop.world.writes() == []


def test_registering_the_same_output_again_changes_nothing(shop: Shop) -> None:
    add_job(shop)
    first = register(shop.tools, RegisterRequest())
    again = register(shop.tools, RegisterRequest())
    assert (again.outcome, again.model, again.metrics) == ("unchanged", first.model, first.metrics)


def test_of_many_figures_the_version_carries_those_that_say_most(shop: Shop) -> None:
    figures = {"wape": 0.4, "wape_seasonal_naive": 0.5, **{f"wrmsse_level_{number}": 0.6 for number in range(20)}}
    add_job(shop, files=output(**{"metrics.json": json.dumps(figures)}))
    result = register(shop.tools, RegisterRequest())
    assert len(result.metrics) == 22
    carried = [name for name in result.tags if name.startswith(tags.METRIC)]
    assert carried == [f"{tags.METRIC}wape", f"{tags.METRIC}wape_seasonal_naive"]
    assert len(shop.world.models) == 1


def test_the_deployment_that_comes_next_is_to_the_slot_that_is_free(shop: Shop) -> None:
    shop.world.add_endpoint(traffic={"green": 100})
    shop.world.add_slot("green")
    add_job(shop)
    result = register(shop.tools, RegisterRequest())
    assert result.next == "retailctl deploy --slot blue --model retail-forecast:1"


def test_with_traffic_on_both_slots_a_look_comes_next(shop: Shop) -> None:
    shop.world.add_endpoint(traffic={"blue": 50, "green": 50})
    shop.world.add_slot("blue")
    shop.world.add_slot("green")
    add_job(shop)
    assert register(shop.tools, RegisterRequest()).next == "retailctl status"


def test_a_second_job_is_the_next_version(shop: Shop) -> None:
    add_job(shop)
    register(shop.tools, RegisterRequest())
    add_job(shop, "job-2")
    assert register(shop.tools, RegisterRequest()).model == "retail-forecast:2"


def test_an_output_without_an_mlmodel_file_is_a_custom_model(shop: Shop) -> None:
    add_job(shop, files=output(MLmodel=None))
    assert register(shop.tools, RegisterRequest()).type == "custom_model"


def test_what_a_script_of_one_s_own_does_not_write_is_left_out(shop: Shop) -> None:
    add_job(shop, files={"model.bin": b"x"}, tags={})
    result = register(shop.tools, RegisterRequest("job-1"))
    assert result.type == "custom_model"
    assert result.tags == {"project": "retail-forecast", tags.JOB: "job-1"}


def test_a_sample_too_long_for_a_tag_is_left_out(shop: Shop) -> None:
    add_job(shop, files=output(**{"sample_request.json": json.dumps({"series": [{"item_id": "x" * 300}]})}))
    assert tags.SAMPLE not in register(shop.tools, RegisterRequest()).tags


def test_an_empty_output_is_refused(shop: Shop) -> None:
    add_job(shop, files={})
    with pytest.raises(InvalidData, match="left nothing"):
        register(shop.tools, RegisterRequest())
    assert shop.world.models == {}


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_figures_that_cannot_be_read_are_named(shop: Shop, text: str) -> None:
    add_job(shop, files=output(**{"metrics.json": text}))
    with pytest.raises(InvalidData, match=r"metrics\.json"):
        register(shop.tools, RegisterRequest())


def test_a_dry_run_registers_nothing(shop: Shop) -> None:
    add_job(shop)
    result = register(shop.tools, RegisterRequest(dry_run=True))
    assert (result.outcome, result.planned, result.job) == ("planned", True, "job-1")
    assert shop.world.models == {}


def test_without_a_job_the_command_that_makes_one_is_told(shop: Shop) -> None:
    with pytest.raises(ResourceNotFound) as caught:
        register(shop.tools, RegisterRequest())
    assert "retailctl train" in caught.value.hint
    with pytest.raises(ResourceNotFound) as caught:
        register(shop.tools, RegisterRequest("never-was"))
    assert caught.value.hint == "retailctl job list"


def test_a_name_that_can_be_no_job_s_is_refused_before_asking(shop: Shop) -> None:
    with pytest.raises(InvalidName, match="cannot name a job"):
        register(shop.tools, RegisterRequest("no such job"))
    assert shop.world.calls == []
