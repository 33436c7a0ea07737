"""Clean-up: whatever the workspace looks like, nothing goes that anything needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retailctl.domain.history import Split, previous
from retailctl.domain.traffic import Traffic
from retailctl.errors import ApiRefused, InvalidInput, ResourceNotFound, Unreachable, WorkFailed
from retailctl.workflows.cleanup import Action, CleanupRequest, CleanupResult, cleanup, plan
from retailctl.workflows.shift import ShiftRequest, shift
from retailctl.workflows.split import slots_of
from tests.unit.workflows.fakes import Shop
from tests.unit.workflows.world import START

NAME = "retail-forecast-endpoint"
OLD = START - timedelta(days=30)


@pytest.fixture
def old(shop: Shop) -> Shop:
    """Blue lives on version 5, green stands idle since long on version 1; five versions, none archived."""
    shop.world.add_endpoint(traffic={"blue": 100})
    shop.world.add_slot("blue", model="retail-forecast:5", created_at=OLD)
    shop.world.add_slot("green", model="retail-forecast:1", created_at=OLD)
    for version in range(1, 6):
        shop.world.add_model(version, created_at=OLD)
    return shop


def clean(shop: Shop, **rest: Any) -> CleanupResult:
    return cleanup(shop.tools, CleanupRequest(**rest))


def wanted(shop: Shop, **rest: Any) -> list[str]:
    return [f"{each.verb} {each.kind} {each.name}" for each in plan(shop.tools, CleanupRequest(**rest)).actions]


def reasons(shop: Shop, **rest: Any) -> dict[str, str]:
    return {each.name: each.reason for each in plan(shop.tools, CleanupRequest(**rest)).kept}


def test_an_empty_workspace_has_nothing_to_clean(shop: Shop) -> None:
    assert clean(shop).plan.actions == ()


def test_an_old_idle_slot_goes_and_then_what_only_it_used(old: Shop) -> None:
    assert wanted(old) == ["delete slot green", "archive model retail-forecast:2", "archive model retail-forecast:1"]
    clean(old)
    assert list(old.world.deployments) == [(NAME, "blue")]
    assert [each.version for each in old.world.models.values() if each.archived] == [1, 2]


def test_what_stays_says_why(old: Shop) -> None:
    assert reasons(old)["blue"] == "takes 100 % of the traffic"
    assert reasons(old)["retail-forecast:5"] == f"is in use by {NAME}/blue"
    assert reasons(old)["retail-forecast:4"] == "is among the 3 newest"


def test_the_slot_that_rollback_returns_to_stays_with_its_model(old: Shop) -> None:
    shift(old.tools, ShiftRequest(Traffic({"green": 100})))
    assert wanted(old, keep=1) == [f"archive model retail-forecast:{version}" for version in (4, 3, 2)]
    assert reasons(old)["blue"] == "is what rollback returns to"


def test_a_slot_deployed_lately_may_be_waiting_for_traffic(old: Shop) -> None:
    old.world.add_slot("green", model="retail-forecast:1", created_at=OLD, changed_at=START - timedelta(hours=1))
    assert "delete slot green" not in wanted(old)
    assert "delete slot green" in wanted(old, older_than_s=60.0)


def test_a_slot_that_is_being_deployed_stays(old: Shop) -> None:
    old.world.add_slot("green", state="Updating", created_at=OLD)
    assert reasons(old, older_than_s=0.0)["green"] == "is Updating"


def test_a_mirrored_slot_stays(old: Shop) -> None:
    shift(old.tools, ShiftRequest(mirror=Traffic({"green": 10})))
    assert reasons(old)["green"] == "is mirrored to (10 %)"


def test_an_unreadable_record_keeps_every_slot(old: Shop) -> None:
    old.world.endpoints[NAME] = replace(old.world.endpoints[NAME], tags={"retailctl.previous_traffic": "?"})
    assert "delete slot green" not in wanted(old)
    assert "cannot be read" in plan(old.tools, CleanupRequest()).notes[0]


def test_a_model_that_another_endpoint_serves_stays(old: Shop) -> None:
    old.world.add_endpoint("other")
    old.world.add_slot("blue", "other", model=None, tags={"retailctl.model": "retail-forecast:2"})
    assert reasons(old)["retail-forecast:2"] == "is in use by other/blue"


def test_another_endpoints_idle_slots_are_none_of_our_business(old: Shop) -> None:
    old.world.add_endpoint("other")
    old.world.add_slot("green", "other", model="retail-forecast:2", created_at=OLD)
    clean(old)
    assert ("other", "green") in old.world.deployments


def test_versions_younger_than_asked_stay(old: Shop) -> None:
    old.world.add_model(2, created_at=START - timedelta(days=1))
    assert wanted(old, older_than_s=7 * 86400.0) == ["delete slot green", "archive model retail-forecast:1"]


def test_purge_archives_before_it_deletes(old: Shop) -> None:
    clean(old, purge=True)
    changes = [call for call in old.world.writes() if call.startswith("models.")]
    assert changes == ["models.archive", "models.archive", "models.delete", "models.delete"]
    assert sorted(version for _, version in old.world.models) == [3, 4, 5]


def test_without_purge_nothing_archived_is_deleted(old: Shop) -> None:
    clean(old)
    assert wanted(old) == []
    assert reasons(old)["retail-forecast:1"] == "is archived; --purge deletes it"


def test_only_environments_that_retailctl_made_and_nothing_uses_go(old: Shop) -> None:
    for version in range(1, 7):
        made = OLD + timedelta(hours=version)
        old.world.add_environment(str(version), tags={"retailctl.image": "x"}, created_at=made)
    old.world.add_environment("1", "somebody-elses", created_at=OLD)
    old.world.add_slot("blue", model="retail-forecast:5", created_at=OLD, environment="retail-infer:1")
    environment = ".../environments/retail-infer/versions/2"
    old.world.add_job("brisk_fox", "Running", raw={"properties": {"environmentId": environment}})
    assert [each for each in wanted(old) if "environment" in each] == ["archive environment retail-infer:3"]


def test_dry_run_sends_nothing(old: Shop) -> None:
    result = clean(old, dry_run=True)
    assert result.planned
    assert len(result.plan.actions) == 3
    assert old.world.writes() == []


def test_the_newest_version_has_to_stay(old: Shop) -> None:
    with pytest.raises(InvalidInput):
        clean(old, keep=0)


def test_a_slot_that_got_traffic_after_the_plan_was_agreed_stays_with_its_model(old: Shop) -> None:
    agreed = plan(old.tools, CleanupRequest())
    shift(old.tools, ShiftRequest(Traffic({"blue": 90, "green": 10})))
    result = cleanup(old.tools, CleanupRequest(), agreed)
    assert (NAME, "green") in old.world.deployments
    assert not old.world.models["retail-forecast", 1].archived
    assert [each.outcome for each in result.outcomes] == ["skipped", "done", "skipped"]


def test_a_failure_does_not_stop_the_rest_and_keeps_what_depends_on_it(old: Shop) -> None:
    old.world.faults["deployments.delete"].append(ApiRefused("locked"))
    with pytest.raises(WorkFailed) as caught:
        clean(old)
    assert caught.value.details == {
        "done": ["archive model retail-forecast:2"],
        "skipped": ["archive model retail-forecast:1: green is as it was"],
        "failed": ["delete slot green: locked"],
    }
    clean(old)
    assert old.world.models["retail-forecast", 1].archived


def test_a_service_that_is_away_ends_the_run_with_an_account(old: Shop) -> None:
    old.world.faults["models.archive"].append(Unreachable("no connection"))
    with pytest.raises(Unreachable) as caught:
        clean(old)
    assert caught.value.details["done"] == ["delete slot green"]
    assert caught.value.details["failed"] == ["archive model retail-forecast:2: no connection"]


def test_what_is_gone_already_counts_as_done(old: Shop) -> None:
    old.world.faults["models.archive"].append(ResourceNotFound("gone"))
    result = clean(old)
    assert [each.outcome for each in result.outcomes] == ["done"] * 3


def test_a_deletion_of_a_slot_notes_what_azure_leaves_behind(old: Shop) -> None:
    assert "autoscale" in plan(old.tools, CleanupRequest()).notes[0]


def test_an_action_is_plain_data(old: Shop) -> None:
    first = plan(old.tools, CleanupRequest()).actions[0]
    assert first == Action("delete", "slot", "green", "takes no traffic and bills for 1 x Standard_DS3_v2")


names = st.sampled_from(["blue", "green", "grey"])
shares = st.sampled_from([{}, {"blue": 100}, {"green": 100}, {"blue": 40, "green": 60}])
served = st.none() | st.integers(1, 6).map(lambda version: f"retail-forecast:{version}")
ages = st.none() | st.integers(0, 60)


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "slots": {
            slot: (draw(served), draw(ages)) for slot in draw(st.sets(st.sampled_from(["blue", "green", "grey"])))
        },
        "elsewhere": draw(served),
        "traffic": draw(shares),
        "before": draw(shares),
        "mirror": draw(st.sampled_from([{}, {"grey": 10}])),
        "models": [(draw(ages), draw(st.booleans())) for _ in range(draw(st.integers(0, 6)))],
    }


def build(shop: Shop, drawn: dict[str, Any]) -> None:
    """The world as drawn; shares of slots that do not exist are left out."""

    def made(days: int | None) -> Any:
        return None if days is None else START - timedelta(days=days)

    def there(split: dict[str, int]) -> Traffic:
        return Traffic(split if set(split) <= set(drawn["slots"]) else {})

    tags = {"retailctl.previous_traffic": Traffic(drawn["before"]).text()}
    traffic, mirror = there(drawn["traffic"]), there(drawn["mirror"])
    shop.world.add_endpoint(traffic=traffic, mirror=mirror, tags=tags)
    for slot, (model, days) in drawn["slots"].items():
        shop.world.add_slot(slot, model=model, created_at=made(days))
    shop.world.add_endpoint("other", traffic={"blue": 100})
    shop.world.add_slot("blue", "other", model=drawn["elsewhere"])
    for version, (days, archived) in enumerate(drawn["models"], 1):
        shop.world.add_model(version, created_at=made(days), archived=archived)


@settings(max_examples=300, deadline=None)
@given(worlds(), st.integers(1, 4), st.none() | st.integers(0, 30), st.booleans())
def test_nothing_that_is_needed_is_ever_touched(
    drawn: dict[str, Any], keep: int, days: int | None, purge: bool
) -> None:
    with TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        build(shop, drawn)
        world, models = shop.world, dict(shop.world.models)
        endpoint = world.endpoints[NAME]
        needed = slots_of(Split(endpoint.traffic, endpoint.mirror)) | slots_of(
            previous(endpoint.tags) or Split(Traffic())
        )
        request = CleanupRequest(keep=keep, older_than_s=None if days is None else days * 86400.0, purge=purge)
        cleanup(shop.tools, request)

        assert needed & set(drawn["slots"]) <= {slot for name, slot in world.deployments if name == NAME}
        for slot in world.deployments.values():
            if slot.model and slot.model in {each.text for each in models.values()}:
                key = ("retail-forecast", int(slot.model.partition(":")[2]))
                assert world.models[key] == models[key]
        in_lists = sorted(version for (_, version), each in models.items() if not each.archived)
        for version in in_lists[-keep:]:
            assert not world.models["retail-forecast", version].archived
        assert purge or world.models.keys() == models.keys()
        assert plan(shop.tools, request).actions == ()
