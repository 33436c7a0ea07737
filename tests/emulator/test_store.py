"""What the store promises: writes kept whole, names compared as ARM does, damage refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.arm.operations import OperationStatus
from retailctl.emulator.errors import AlreadyRunning, CorruptState, UnusableState
from retailctl.emulator.store.blob_names import InvalidBlobName, blob_file, container_folder
from retailctl.emulator.store.database import Database
from retailctl.emulator.store.folder import StateFolder, StateLock
from retailctl.emulator.store.operations import OperationStore
from retailctl.emulator.store.resources import ResourceStore
from retailctl.emulator.store.settings import SettingStore
from tests.emulator.api import Api


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "state.sqlite")


def test_a_document_comes_back_and_keeps_its_place(database: Database) -> None:
    store = ResourceStore(database)
    first = store.put("model", "a", {"n": 1})
    store.put("model", "b", {"n": 2})
    changed = store.put("model", "a", {"n": 3})
    assert (changed.sequence, changed.created) == (first.sequence, first.created)
    assert [record.name for record in store.list("model")] == ["a", "b"]
    assert [record.body["n"] for record in store.list("model", newest_first=True)] == [2, 3]


def test_a_list_is_walked_in_its_order_without_sorting_all_of_it(database: Database) -> None:
    query = "SELECT body FROM resources WHERE kind = 'model' AND parent = '' ORDER BY sequence DESC"
    plan = " ".join(row[3] for row in database.rows(f"EXPLAIN QUERY PLAN {query}"))
    assert "resources_in_order" in plan
    assert "TEMP B-TREE" not in plan


def test_names_and_parents_ignore_case(database: Database) -> None:
    store = ResourceStore(database)
    store.put("deployment", "Blue", {}, "Shop")
    assert store.find("deployment", "BLUE", "shop") is not None
    assert store.delete("deployment", "blue", "SHOP")
    assert store.list("deployment", None) == []


def _write_half(database: Database, store: ResourceStore) -> None:
    with database.transaction():
        store.put("job", "half", {})
        with database.transaction():  # joins the outer one
            store.put("job", "done", {})
        raise RuntimeError


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    store = ResourceStore(database)
    with pytest.raises(RuntimeError):
        _write_half(database, store)
    assert store.list("job") == []


def test_what_is_written_is_there_for_the_next_opening(tmp_path: Path) -> None:
    SettingStore(Database(tmp_path / "s.sqlite")).set("port", "1234")
    assert SettingStore(Database(tmp_path / "s.sqlite")).get_or_make("port", lambda: "other") == "1234"


def test_an_operation_ends_once_told(database: Database) -> None:
    store = OperationStore(database)
    good, bad = store.start("/x"), store.start("/y")
    assert {each.id for each in store.unfinished()} == {good.id, bad.id}
    store.finish(good.id)
    store.finish(bad.id, {"code": "Bad"})
    found = [store.find(each.id) for each in (good, bad)]
    assert [each and each.status for each in found] == [OperationStatus.SUCCEEDED, OperationStatus.FAILED]
    assert found[1] is not None
    assert found[1].error == {"code": "Bad"}
    assert store.unfinished() == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"x" * 4096)
    with pytest.raises(CorruptState):
        Database(path)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    store = Database(path)
    resources = ResourceStore(store)
    for number in range(2000):
        resources.put("job", f"job-{number}", {"text": "x" * 100})
    store.close()
    content = bytearray(path.read_bytes())
    content[8192 : len(content) // 2] = b"\xff" * (len(content) // 2 - 8192)
    path.write_bytes(content)
    with pytest.raises(CorruptState):
        Database(path)


def test_a_format_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(CorruptState, match="its format is 99"):
        Database(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnusableState, match="Cannot use the folder"):
        StateFolder(tmp_path / "file" / "state").prepare()


def test_one_lock_at_a_time(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    first, second = StateLock(folder), StateLock(folder)
    first.acquire()
    with pytest.raises(AlreadyRunning):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


@pytest.mark.parametrize("name", ["", "/", "a//b", "..", "../a", "a/..", ".", "a/./b", "a\0b", "x" * 256, "a/" * 600])
def test_a_blob_name_that_cannot_be_kept_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidBlobName):
        blob_file(tmp_path, "container", name)


@pytest.mark.parametrize("name", ["..", "a", "-abc", "UPPER", "a/b", ".staging", "x" * 64])
def test_a_container_name_that_azure_refuses_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidBlobName):
        container_folder(tmp_path, name)


def test_a_full_disk_is_told_and_nothing_is_half_done() -> None:
    with LocalWorkspace() as workspace:
        api = Api.of(workspace)
        database = workspace._server._database  # type: ignore[union-attr]
        pages = database.row("PRAGMA page_count")[0]  # type: ignore[index]
        database.write(f"PRAGMA max_page_count={pages}")
        body = {"properties": {"tags": {"big": "x" * 100_000}}}
        answer = api.arm("PUT", "/models/big", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (507, "InsufficientStorage")
        assert "Free some space" in answer.json()["error"]["message"]
        assert api.arm("GET", "/models/big").status_code == 404
        database.write("PRAGMA max_page_count=1000000")
        assert api.arm("PUT", "/models/big", json=body).status_code == 201


def test_a_full_disk_refuses_an_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with LocalWorkspace() as workspace:
        api = Api.of(workspace)
        monkeypatch.setattr("retailctl.emulator.routes.blob.upload.os.fsync", full)
        path = "/local.blob.core.local/azureml-blobstore/file"
        answer = api.call("PUT", path, data=b"x", headers={"x-ms-blob-type": "BlockBlob"})
        assert (answer.status_code, answer.headers["x-ms-error-code"]) == (409, "InsufficientStorage")
        assert not [each for each in (workspace.state / "blobs").rglob("*") if each.is_file()]
