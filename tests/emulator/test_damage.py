"""Files of the state folder that are damaged or in the way: mended where nothing is lost, else the repair is named."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from retailctl.emulator import LocalWorkspace, daemon
from retailctl.emulator.errors import AlreadyRunning, CorruptState, EmulatorError, UnusableState
from retailctl.emulator.server import Server, ServerOptions
from retailctl.emulator.store.database import Database
from tests.contract.conftest import RUNNERS
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """The folder of a server that has served, and was stopped."""
    folder = tmp_path / "state"
    with LocalWorkspace(folder) as workspace:
        Api.of(workspace).arm("PUT", "/models/kept", json={"properties": {}})
    yield folder
    with suppress(EmulatorError):
        daemon.stop(folder)


def _is_kept(state: Path) -> bool:
    with LocalWorkspace(state) as workspace:
        return Api.of(workspace).arm("GET", "/models/kept").status_code == 200


@pytest.mark.parametrize("file", ["server.pem", "server.key", "ca.pem", "ca-bundle.pem"])
@pytest.mark.parametrize("content", [b"", b"no certificate", None])
def test_a_damaged_certificate_is_made_anew(state: Path, file: str, content: bytes | None) -> None:
    if content is None:
        content = (state / "tls" / file).read_bytes()[:300]
    (state / "tls" / file).write_bytes(content)
    assert _is_kept(state)
    context = ssl.create_default_context(cafile=str(state / "tls" / "ca-bundle.pem"))
    context.load_cert_chain(state / "tls" / "server.pem", state / "tls" / "server.key")


def test_a_key_of_another_certificate_is_not_used(state: Path, tmp_path: Path) -> None:
    with LocalWorkspace(tmp_path / "other"):
        (state / "tls" / "server.key").write_bytes((tmp_path / "other" / "tls" / "server.key").read_bytes())
    assert _is_kept(state)


@pytest.mark.parametrize("size", [0, 1, 100, 4096, 10_000])
def test_a_truncated_state_file_is_refused_with_the_repair(state: Path, size: int) -> None:
    os.truncate(state / "state.sqlite", size)
    with pytest.raises(CorruptState, match=r"state\.sqlite") as refused:
        Server(ServerOptions(state))
    assert "retailctl local reset" in refused.value.hint
    daemon.reset(state)
    assert not _is_kept(state)


def test_a_damaged_document_is_refused_with_the_repair(state: Path) -> None:
    with closing(Database(state / "state.sqlite")) as database:
        database.write("""UPDATE resources SET body = '{"properties": ' """)
        database.write("INSERT INTO resources SELECT NULL, 'job', parent, name, body, created, modified FROM resources")
    with pytest.raises(CorruptState, match=r"state\.sqlite") as refused:
        daemon.start(state, runner="process")
    assert "retailctl local reset" in refused.value.hint


def test_a_document_that_is_damaged_while_the_server_runs_is_named_with_the_repair(state: Path) -> None:
    with LocalWorkspace(state) as workspace:
        workspace._server._database.write("UPDATE resources SET body = '{'")  # type: ignore[union-attr]
        answer = Api.of(workspace).arm("GET", "/models/kept")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "StateCorrupt")
    assert "retailctl local reset" in answer.json()["error"]["message"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "no"}', '{"pid": 1}'])
def test_a_damaged_connection_file_does_not_keep_a_server_from_being_stopped(state: Path, content: str) -> None:
    running = daemon.start(state, runner="process")
    (state / "connection.json").write_text(content)
    with pytest.raises(AlreadyRunning, match=rf"Process {running['pid']} holds the state folder") as refused:
        daemon.start(state, runner="process", timeout_s=0.2)
    assert "retailctl local stop" in refused.value.hint
    daemon.stop(state)
    assert daemon.start(state, runner="process")["url"] == running["url"]


def test_a_connection_file_without_its_server_is_written_anew(state: Path) -> None:
    (state / "connection.json").write_text("{")
    assert daemon.status(state) is None
    assert daemon.start(state, runner="process")["pid"] == json.loads((state / "connection.json").read_text())["pid"]


@pytest.mark.parametrize("name", ["lock", "state.sqlite", "connection.json", "server.log", "blobs"])
def test_something_in_the_way_of_a_file_is_named(tmp_path: Path, name: str) -> None:
    state = tmp_path / "state"
    if name == "blobs":
        state.mkdir()
        (state / name).touch()
    else:
        (state / name / "inside").mkdir(parents=True)
    with pytest.raises((UnusableState, CorruptState), match=name) as refused:
        daemon.start(state, runner="process")
    assert "Choose another folder with RETAILCTL_STATE" in refused.value.hint or "reset" in refused.value.hint


def test_what_a_killed_writer_left_is_written_over(state: Path) -> None:
    (state / ".connection.json.new").write_text("{")
    (state / "tls" / ".server.key.new").write_text("half a key")
    (state / "tls" / "server.key").unlink()
    daemon.start(state, runner="process")
    assert not [*state.glob(".*"), *(state / "tls").glob(".*")]


def _failed_job(api: Api, **properties: object) -> str:
    train = api.arm("PUT", "/environments/t/versions/1", json=bodies.environment(bodies.TRAIN_IMAGE)).json()["id"]
    api.arm("PUT", "/jobs/one", json=bodies.job(train, "true", **properties))
    run: dict[str, Any] = {}

    def failed() -> bool:
        run.update(api.call("GET", f"/history/v1.0{api.workspace}/runs/one/details").json())
        return bool(run["status"] == "Failed")

    until(failed)
    return str(run["error"]["error"]["message"])


def test_code_whose_files_are_gone_is_named_with_the_repair() -> None:
    with LocalWorkspace(runners=RUNNERS) as workspace:
        api = Api.of(workspace)
        uri = f"{api.url}/local.blob.core.local/azureml-blobstore/code"
        code = api.arm("PUT", "/codes/c/versions/1", json={"properties": {"codeUri": uri}}).json()["id"]
        message = _failed_job(api, codeId=code)
    assert "'c:1'" in message
    assert "upload it again" in message


def test_a_model_whose_files_are_gone_is_named() -> None:
    with LocalWorkspace(runners=RUNNERS) as workspace:
        api = Api.of(workspace)
        blob = "/local.blob.core.local/azureml-blobstore/model/file"
        api.call("PUT", blob, data=b"x", headers={"x-ms-blob-type": "BlockBlob"})
        place = "azureml://datastores/workspaceblobstore/paths/model"
        model = {"properties": {"modelUri": place, "modelType": "custom_model"}}
        assert api.arm("PUT", "/models/m/versions/1", json=model).status_code == 201
        assert api.call("DELETE", blob).status_code == 202
        assert api.call("GET", blob).status_code == 404
        environment = api.arm("PUT", "/environments/e/versions/1", json=bodies.environment()).json()["id"]
        api.done(api.arm("PUT", "/onlineEndpoints/shop", json=bodies.endpoint()))
        body = bodies.deployment(environment, model="azureml:m:1")
        ended = api.done(api.arm("PUT", "/onlineEndpoints/shop/deployments/blue", json=body))
    assert ended["status"] == "Failed"
    assert "There is nothing at azureml://datastores/workspaceblobstore/" in ended["error"]["message"]
