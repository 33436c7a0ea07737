"""Our client writes endpoints of a real local Azure ML without losing anything of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from retailctl.azureml import Workspace
from retailctl.azureml.endpoints import EndpointEdit
from retailctl.config.connection import Connection
from retailctl.domain.clock import SystemClock
from retailctl.domain.resources import Endpoint
from retailctl.domain.traffic import Traffic
from retailctl.errors import InvalidInput, OperationRefused, ResourceNotFound
from tests.contract.client import files

pytestmark = pytest.mark.contract


def test_an_endpoint_lives_from_its_file_to_its_end(workspace: Workspace, tmp_path: Path) -> None:
    made = workspace.endpoints.create(files.endpoint(tmp_path, "life-cycle", tags={"team": "supply"}))
    assert (made.state, made.auth_mode, made.tags) == ("Succeeded", "key", {"team": "supply"})
    assert made.scoring_uri is not None
    assert "life-cycle" in [endpoint.name for endpoint in workspace.endpoints.list()]
    workspace.endpoints.delete("life-cycle")
    assert workspace.endpoints.find("life-cycle") is None
    with pytest.raises(ResourceNotFound, match="endpoint 'life-cycle' was not found"):
        workspace.endpoints.delete("life-cycle")


def test_a_file_sent_again_keeps_tags_that_it_does_not_name(workspace: Workspace, tmp_path: Path) -> None:
    workspace.endpoints.create(files.endpoint(tmp_path, "sent-again", tags={"team": "supply"}))
    workspace.endpoints.change("sent-again", lambda now: EndpointEdit(tags={**now.tags, "mine": "1"}))
    again = workspace.endpoints.create(files.endpoint(tmp_path, "sent-again", description="new"))
    assert again.tags == {"team": "supply", "mine": "1"}
    assert workspace.endpoints.get("sent-again").raw["properties"]["description"] == "new"  # type: ignore[index]


def test_keys_differ_and_are_renewed_one_by_one(workspace: Workspace, tmp_path: Path) -> None:
    workspace.endpoints.create(files.endpoint(tmp_path, "key-ring"))
    before = workspace.endpoints.keys("key-ring")
    workspace.endpoints.regenerate_key("key-ring", "secondary")
    after = workspace.endpoints.keys("key-ring")
    assert after.primary == before.primary != after.secondary != before.secondary


def test_writers_at_once_lose_nothing_of_each_other(
    workspace: Workspace, connection: Connection, tmp_path: Path
) -> None:
    workspace.endpoints.create(files.endpoint(tmp_path, "contended"))

    def tag(name: str) -> None:
        own = Workspace(connection, clock=SystemClock())
        own.endpoints.change("contended", lambda now: EndpointEdit(tags={**now.tags, name: "1"}))
        own.close()

    names = {f"writer-{number}" for number in range(6)}
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(tag, names))
    assert set(workspace.endpoints.get("contended").tags) == names


def test_traffic_to_a_slot_that_is_not_there_is_refused_with_a_reason(workspace: Workspace, tmp_path: Path) -> None:
    workspace.endpoints.create(files.endpoint(tmp_path, "no-slots"))

    def edit(now: Endpoint) -> EndpointEdit:
        return EndpointEdit(traffic=Traffic({"green": 100}))

    with pytest.raises((OperationRefused, InvalidInput)) as caught:
        workspace.endpoints.change("no-slots", edit)
    assert "green" in str(caught.value.reason)
    assert workspace.endpoints.get("no-slots").traffic == {}
