"""What was acknowledged of uploads is there after a kill, and what was not is there whole or not at all."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.store.blobs import BlobNameTaken, BlobNotFound, BlobStore
from retailctl.emulator.store.database import Database
from tests.emulator.api import Api

BLOB = "/local.blob.core.local/azureml-blobstore/folder/file"
WHOLE = {"x-ms-blob-type": "BlockBlob"}


class Killed(Exception):
    """Stands for the end of the process at some point."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BlobStore]:
    """A store with one container."""
    database = Database(tmp_path / "state.sqlite")
    blobs = BlobStore(tmp_path / "blobs", database)
    (tmp_path / "blobs").mkdir()
    blobs.create_container("container")
    yield blobs
    database.close()


def _commit(store: BlobStore, content: bytes, name: str = "a/b") -> None:
    upload = store.upload_file()
    upload.write_bytes(content)
    store.commit("container", name, upload, content_type=f"text/{content.decode()}", metadata={"is": content.decode()})


def _found(store: BlobStore) -> tuple[bytes, str, str]:
    blob = store.find("container", "a/b")
    assert store.list("container") == [blob]
    return store.file("container", "a/b").read_bytes(), blob.content_type, blob.metadata["is"]


def _dying(place: Callable[..., None], *, after: bool) -> Callable[..., None]:
    def placing(*arguments: object) -> None:
        if after:
            place(*arguments)
        raise Killed

    return placing


@pytest.mark.parametrize("after", [False, True])
def test_a_replacement_that_is_cut_short_is_whole_or_was_not(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    _commit(store, b"first")
    with monkeypatch.context() as patch:
        patch.setattr(store, "_place", _dying(store._place, after=after))
        with pytest.raises(Killed):
            _commit(store, b"second")
    expected = "second" if after else "first"
    assert _found(store) == (expected.encode(), f"text/{expected}", expected)
    store.set_metadata("container", "a/b", {"is": "third"})
    assert _found(store)[2] == "third"
    _commit(store, b"fourth")
    assert _found(store) == (b"fourth", "text/fourth", "fourth")


def test_a_refused_name_leaves_nothing_said(store: BlobStore) -> None:
    _commit(store, b"first")
    for name in ("a", "a/b/c"):
        with pytest.raises(BlobNameTaken):
            _commit(store, b"second", name)
    assert [blob.name for blob in store.list("container")] == ["a/b"]
    assert _found(store)[2] == "first"


def test_a_deleted_container_is_gone_at_once(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(folder: Path) -> None:
        raise Killed

    _commit(store, b"first")
    with monkeypatch.context() as patch:
        patch.setattr("retailctl.emulator.store.blobs.shutil.rmtree", killed)
        with pytest.raises(Killed):
            store.delete_container("container")
    assert store.containers() == []
    store.create_container("container")
    with pytest.raises(BlobNotFound):
        store.find("container", "a/b")
    store.clear_uploads()
    assert list(store.staging.iterdir()) == []


def _put_blocks(api: Api, *contents: bytes) -> str:
    """Upload blocks; the list that makes them a blob."""
    identifiers = [base64.b64encode(b"%03d" % number).decode() for number in range(len(contents))]
    for identifier, content in zip(identifiers, contents, strict=True):
        assert api.call("PUT", BLOB, params={"comp": "block", "blockid": identifier}, data=content).status_code == 201
    return f"<BlockList>{''.join(f'<Latest>{each}</Latest>' for each in identifiers)}</BlockList>"


def test_blocks_that_were_acknowledged_survive_a_restart(tmp_path: Path) -> None:
    with LocalWorkspace(tmp_path) as workspace:
        listed = _put_blocks(Api.of(workspace), b"one", b"two")
    with LocalWorkspace(tmp_path) as workspace:
        api = Api.of(workspace)
        assert api.call("PUT", BLOB, params={"comp": "blocklist"}, data=listed).status_code == 201
        assert api.call("GET", BLOB).content == b"onetwo"
        assert not [each for each in (tmp_path / "blobs" / ".staging").rglob("*") if each.is_file()]


def test_a_block_list_that_was_not_carried_out_can_be_sent_again(
    workspace: LocalWorkspace, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = _put_blocks(api, b"one", b"two")
    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "commit", _dying(BlobStore.commit, after=False))
        assert api.call("PUT", BLOB, params={"comp": "blocklist"}, data=listed).status_code == 500
    assert api.call("PUT", BLOB, params={"comp": "blocklist"}, data=listed).status_code == 201
    assert api.call("GET", BLOB).content == b"onetwo"


def test_an_upload_that_the_state_file_has_no_room_for_changes_nothing() -> None:
    with LocalWorkspace() as workspace:
        api = Api.of(workspace)
        api.call("PUT", BLOB, data=b"first", headers=WHOLE)
        database = workspace._server._database  # type: ignore[union-attr]
        pages = database.row("PRAGMA page_count")[0]  # type: ignore[index]
        database.write(f"PRAGMA max_page_count={pages}")
        headers = {**WHOLE, **{f"x-ms-meta-m{number}": "x" * 4000 for number in range(4)}}
        answer = api.call("PUT", BLOB, data=b"second", headers=headers)
        assert (answer.status_code, answer.headers["x-ms-error-code"]) == (409, "InsufficientStorage")
        assert api.call("GET", BLOB).content == b"first"
