"""The nouns: lists that say when they are cut, and changes that keep what a slot refers to."""

from __future__ import annotations

from pathlib import Path

import pytest

from retailctl.domain.resources import Compute
from retailctl.domain.traffic import Traffic
from retailctl.errors import InvalidData, InvalidInput, InvalidName, ResourceNotFound, WrongState
from retailctl.workflows.catalogue import computes, data, endpoints, environments, models
from retailctl.workflows.plain import plain
from retailctl.workflows.shift import ShiftRequest, shift
from tests.unit.workflows.fakes import Shop

NAME = "retail-forecast-endpoint"


@pytest.fixture
def stocked(live: Shop) -> Shop:
    """A live endpoint, three model versions (blue serves 1, green 2) and two environments (blue runs in 1)."""
    for version in (1, 2, 3):
        live.world.add_model(version)
    live.world.add_environment("1")
    live.world.add_environment("2")
    live.world.add_slot("blue", environment="retail-infer:1")
    return live


def test_models_are_listed_with_the_highest_first_and_the_cut_is_told(stocked: Shop) -> None:
    page = models.list_models(stocked.tools, models.ListModels(limit=2))
    assert ([each.version for each in page.models], page.more) == ([3, 2], True)


def test_archived_models_are_listed_on_request_only(stocked: Shop) -> None:
    models.archive_model(stocked.tools, "retail-forecast:3")
    assert len(models.list_models(stocked.tools, models.ListModels()).models) == 2
    assert len(models.list_models(stocked.tools, models.ListModels(archived=True)).models) == 3


def test_a_model_is_shown_with_the_slots_of_every_endpoint_that_serve_it(stocked: Shop) -> None:
    stocked.world.add_endpoint("other")
    stocked.world.add_slot("blue", "other", model="retail-forecast:2")
    shown = models.show_model(stocked.tools, "retail-forecast:2")
    assert shown.served_by == ("other/blue", f"{NAME}/green")


def test_a_model_without_a_version_is_the_highest_one(stocked: Shop) -> None:
    assert models.show_model(stocked.tools, "retail-forecast").model.version == 3


def test_archiving_tells_who_goes_on_using_it_and_twice_changes_nothing(stocked: Shop) -> None:
    change = models.archive_model(stocked.tools, "retail-forecast:1")
    assert (change.changed, change.used_by) == (True, (f"{NAME}/blue",))
    assert not models.archive_model(stocked.tools, "retail-forecast:1").changed
    assert models.restore_model(stocked.tools, "retail-forecast:1").changed
    assert not stocked.world.models["retail-forecast", 1].archived


@pytest.mark.parametrize("change", [models.archive_model, models.restore_model, models.delete_model])
def test_a_change_wants_a_version(stocked: Shop, change: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        change(stocked.tools, "retail-forecast")  # type: ignore[operator]
    assert caught.value.hint == "retailctl model list --name retail-forecast"


def test_a_model_that_a_slot_serves_cannot_be_deleted(stocked: Shop) -> None:
    with pytest.raises(WrongState) as caught:
        models.delete_model(stocked.tools, "retail-forecast:2")
    assert caught.value.details["usedBy"] == [f"{NAME}/green"]
    models.delete_model(stocked.tools, "retail-forecast:3")
    assert ("retail-forecast", 3) not in stocked.world.models


def test_a_dry_run_says_what_would_change_and_changes_nothing(stocked: Shop, tmp_path: Path) -> None:
    tools = stocked.tools
    (tmp_path / "sales.csv").write_text("store_id\n", encoding="utf-8")
    changes = [
        models.archive_model(tools, "retail-forecast:3", dry_run=True),
        models.delete_model(tools, "retail-forecast:3", dry_run=True),
        environments.archive_environment(tools, "retail-infer:2", dry_run=True),
        environments.delete_environment(tools, "retail-infer:2", dry_run=True),
        endpoints.delete_slot(tools, endpoints.DeleteSlot("green", dry_run=True)),
        endpoints.delete_endpoint(tools, endpoints.DeleteEndpoint(force=True, dry_run=True)),
        data.plan_data(tools, data.RegisterData("sales", str(tmp_path))),
    ]
    assert all(change.planned and change.changed for change in changes)
    assert endpoints.regenerate_key(tools, "primary", dry_run=True).planned
    assert stocked.world.writes() == []


def test_a_dry_run_refuses_what_would_be_refused(stocked: Shop) -> None:
    with pytest.raises(WrongState):
        models.delete_model(stocked.tools, "retail-forecast:2", dry_run=True)
    with pytest.raises(WrongState):
        endpoints.delete_endpoint(stocked.tools, endpoints.DeleteEndpoint(dry_run=True))


def test_a_model_is_downloaded_into_a_folder(stocked: Shop, tmp_path: Path) -> None:
    fetched = models.download_model(stocked.tools, models.DownloadModel("retail-forecast", tmp_path / "m"))
    assert (fetched.name, fetched.files) == ("retail-forecast:3", 1)
    with pytest.raises(InvalidInput):
        models.download_model(stocked.tools, models.DownloadModel("retail-forecast", tmp_path / "m" / "MLmodel"))


def test_environments_are_shown_archived_restored_and_deleted_unless_used(stocked: Shop) -> None:
    tools = stocked.tools
    assert environments.show_environment(tools, "retail-infer:1").used_by == (f"{NAME}/blue",)
    assert environments.archive_environment(tools, "retail-infer:2").changed
    assert len(environments.list_environments(tools, environments.ListEnvironments()).environments) == 1
    assert environments.restore_environment(tools, "retail-infer:2").changed
    with pytest.raises(WrongState):
        environments.delete_environment(tools, "retail-infer:1")
    assert environments.delete_environment(tools, "retail-infer:2").action == "deleted"


def test_an_environment_without_a_version_is_refused(stocked: Shop) -> None:
    with pytest.raises(InvalidInput) as caught:
        environments.show_environment(stocked.tools, "retail-infer")
    assert caught.value.hint == "retailctl env list --name retail-infer"


def test_computes_are_listed_and_shown(shop: Shop) -> None:
    shop.world.computes["cpu-cluster"] = Compute("cpu-cluster", "AmlCompute", "Standard_DS3_v2", "Succeeded")
    assert computes.list_computes(shop.tools) == (computes.show_compute(shop.tools, "cpu-cluster"),)


def test_a_folder_and_a_file_are_registered_by_their_absolute_paths(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("store_id\n", encoding="utf-8")
    folder = data.register_data(shop.tools, data.RegisterData("sales", str(tmp_path)))
    file = data.register_data(shop.tools, data.RegisterData("sales", str(tmp_path / "sales.csv"), description="one"))
    assert (folder.version, folder.type, folder.path) == ("1", "uri_folder", str(tmp_path.resolve()))
    assert (file.version, file.type) == ("2", "uri_file")
    assert data.show_data(shop.tools, "sales:2") == file


def test_an_address_is_registered_as_it_is(shop: Shop) -> None:
    address = "azureml://datastores/workspaceblobstore/paths/data/train/"
    assert data.register_data(shop.tools, data.RegisterData("sales", address)).path == address


@pytest.mark.parametrize(
    ("name", "path"), [("sales", "nowhere"), ("sales", "."), ("-sales", "."), ("sales", "azureml:a:1")]
)
def test_what_cannot_be_registered_is_refused_before_anything_is_sent(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((InvalidData, InvalidName, InvalidInput)):
        data.register_data(shop.tools, data.RegisterData(name, path))
    assert shop.world.calls == []


def test_data_is_archived_once(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("store_id\n", encoding="utf-8")
    data.register_data(shop.tools, data.RegisterData("sales", str(tmp_path)))
    assert data.archive_data(shop.tools, "sales:1").changed
    assert not data.archive_data(shop.tools, "sales:1").changed
    assert data.list_data(shop.tools, data.ListData()).data == ()


def test_an_endpoint_is_shown_with_its_slots(live: Shop) -> None:
    shown = endpoints.show_endpoint(live.tools)
    assert [slot.name for slot in shown.slots] == ["blue", "green"]
    assert endpoints.list_endpoints(live.tools) == (shown.endpoint,)


def test_an_endpoint_with_traffic_is_deleted_by_force_only(live: Shop) -> None:
    with pytest.raises(WrongState) as caught:
        endpoints.delete_endpoint(live.tools, endpoints.DeleteEndpoint())
    assert "--force" in caught.value.hint
    endpoints.delete_endpoint(live.tools, endpoints.DeleteEndpoint(force=True))
    assert live.world.endpoints == {}
    assert live.world.deployments == {}


def test_a_live_slot_is_never_taken_away(live: Shop) -> None:
    with pytest.raises(WrongState) as caught:
        endpoints.delete_slot(live.tools, endpoints.DeleteSlot("blue", force=True))
    assert caught.value.hint == "retailctl traffic green=100 blue=0"


def test_a_mirrored_slot_is_never_taken_away(live: Shop) -> None:
    shift(live.tools, ShiftRequest(mirror=Traffic({"green": 10})))
    with pytest.raises(WrongState) as caught:
        endpoints.delete_slot(live.tools, endpoints.DeleteSlot("green", force=True))
    assert caught.value.hint == "retailctl traffic --mirror green=0"


def test_the_slot_of_the_way_back_is_taken_away_by_force_only(live: Shop) -> None:
    shift(live.tools, ShiftRequest(Traffic({"green": 100})))
    with pytest.raises(WrongState):
        endpoints.delete_slot(live.tools, endpoints.DeleteSlot("blue"))
    endpoints.delete_slot(live.tools, endpoints.DeleteSlot("blue", force=True))
    assert (NAME, "blue") not in live.world.deployments


def test_a_slot_that_does_not_exist_is_not_found(live: Shop) -> None:
    with pytest.raises(ResourceNotFound):
        endpoints.delete_slot(live.tools, endpoints.DeleteSlot("purple"))


def test_keys_show_only_when_revealed(live: Shop) -> None:
    credentials = endpoints.get_credentials(live.tools)
    assert credentials.revealed() == {"primaryKey": "first-key", "secondaryKey": "second-key"}
    assert "first-key" not in repr(credentials)
    assert "first-key" not in str(plain(credentials))


def test_a_token_is_handed_out_where_there_are_no_keys(live: Shop) -> None:
    live.world.add_endpoint(auth_mode="aml_token")
    assert endpoints.get_credentials(live.tools).revealed()["accessToken"] == f"token-of-{NAME}"


def test_entra_endpoints_name_the_command_that_gets_a_token(live: Shop) -> None:
    live.world.add_endpoint(auth_mode="aad_token")
    with pytest.raises(WrongState) as caught:
        endpoints.get_credentials(live.tools)
    assert caught.value.hint == "az account get-access-token --resource https://ml.azure.com"


def test_one_key_is_replaced_at_a_time(live: Shop) -> None:
    endpoints.regenerate_key(live.tools, "secondary")
    assert live.world.keys[NAME] == ("first-key", "new-second-key")
    live.world.add_endpoint(auth_mode="aml_token")
    with pytest.raises(WrongState):
        endpoints.regenerate_key(live.tools, "primary")
