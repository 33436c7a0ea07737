"""Azure's own storage client on the workspace's account: blocks, conditions, lists, signatures, and large blobs."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
)
from azure.storage.blob import (
    AccountSasPermissions,
    BlobBlock,
    BlobClient,
    BlobServiceClient,
    ContainerClient,
    ContentSettings,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)

from retailctl.emulator import LocalWorkspace
from tests.emulator.api import Api

pytestmark = pytest.mark.contract

_ACCOUNT = "local.blob.core.local"
_OTHER = '"0x1"'
_LARGE = 100 * 2**20


@pytest.fixture(scope="module")
def key(workspace: LocalWorkspace) -> str:
    found: str = Api.of(workspace).arm("POST", "/datastores/workspaceblobstore/listSecrets", json={}).json()["key"]
    return found


@pytest.fixture(scope="module")
def options(workspace: LocalWorkspace) -> dict[str, Any]:
    """What every client needs besides a credential."""
    return {"connection_verify": str(workspace.ca_bundle), "retry_total": 0}


@pytest.fixture(scope="module")
def account(workspace: LocalWorkspace, key: str, options: dict[str, Any]) -> BlobServiceClient:
    return BlobServiceClient(f"{workspace.url}/{_ACCOUNT}", credential=key, **options)


@pytest.fixture
def container(account: BlobServiceClient) -> Iterator[ContainerClient]:
    """A container of the test's own."""
    made = account.create_container("judged")
    yield made
    made.delete_container()


@pytest.fixture
def blob(container: ContainerClient) -> BlobClient:
    """A blob with something in it."""
    return container.upload_blob("folder/blob", b"0123456789", metadata={"first": "1"})


def test_containers_are_made_listed_and_deleted(account: BlobServiceClient) -> None:
    account.create_container("coming")
    with pytest.raises(ResourceExistsError):
        account.create_container("coming")
    assert [each.name for each in account.list_containers(name_starts_with="com")] == ["coming"]
    account.delete_container("coming")
    assert not account.get_container_client("coming").exists()


def test_the_datastores_containers_stay(account: BlobServiceClient) -> None:
    with pytest.raises(HttpResponseError, match="belongs to a datastore"):
        account.delete_container("azureml-blobstore")


def test_blocks_become_a_blob_in_the_order_of_their_list(container: ContainerClient) -> None:
    target = container.get_blob_client("blocks")
    names = [base64.b64encode(name).decode() for name in (b"one", b"two")]
    for name, content in zip(names, (b"11", b"22"), strict=True):
        target.stage_block(name, content)
    assert not target.exists()
    target.commit_block_list([BlobBlock(name) for name in reversed(names)])
    assert target.download_blob().readall() == b"2211"


def test_what_readers_are_told_is_changed_without_the_content(blob: BlobClient) -> None:
    before = blob.get_blob_properties()
    blob.set_http_headers(ContentSettings(content_type="text/csv", cache_control="no-cache"))
    blob.set_blob_metadata({"second": "2"})
    found = blob.get_blob_properties()
    assert (found.content_settings.content_type, found.content_settings.cache_control) == ("text/csv", "no-cache")
    assert (found.metadata, found.size) == ({"second": "2"}, before.size)
    assert found.etag != before.etag


_WRITES: list[Callable[..., Any]] = [
    lambda blob, **known: blob.upload_blob(b"new", overwrite=True, **known),
    lambda blob, **known: blob.set_blob_metadata({}, **known),
    lambda blob, **known: blob.delete_blob(**known),
]


@pytest.mark.parametrize("write", _WRITES)
@pytest.mark.parametrize("known", [{"etag": _OTHER, "match_condition": MatchConditions.IfNotModified}, "since"])
def test_a_blob_that_changed_meanwhile_is_left_alone(blob: BlobClient, write: Callable[..., Any], known: Any) -> None:
    if known == "since":
        known = {"if_unmodified_since": datetime.now(UTC) - timedelta(days=1)}
    with pytest.raises(ResourceModifiedError):
        write(blob, **known)
    assert blob.download_blob().readall() == b"0123456789"


@pytest.mark.parametrize("write", _WRITES)
def test_a_blob_that_is_as_known_is_written(blob: BlobClient, write: Callable[..., Any]) -> None:
    write(blob, etag=blob.get_blob_properties().etag, match_condition=MatchConditions.IfNotModified)


def test_a_reader_learns_whether_a_blob_changed(blob: BlobClient) -> None:
    etag = blob.get_blob_properties().etag
    for known, status in (
        ({"etag": etag, "match_condition": MatchConditions.IfModified}, 304),
        ({"if_modified_since": datetime.now(UTC) + timedelta(days=1)}, 304),
        ({"etag": _OTHER, "match_condition": MatchConditions.IfNotModified}, 412),
    ):
        with pytest.raises(HttpResponseError) as told:
            blob.get_blob_properties(**known)
        assert told.value.status_code == status


@pytest.mark.parametrize(
    "act",
    [
        lambda blob: blob.start_copy_from_url(blob.url),
        lambda blob: blob.create_snapshot(),
        lambda blob: blob.get_block_list(),
        lambda blob: blob.acquire_lease(),
    ],
)
def test_what_the_account_does_not_do_is_refused_and_changes_nothing(blob: BlobClient, act: Callable[..., Any]) -> None:
    with pytest.raises(HttpResponseError, match="does not"):
        act(blob)
    assert blob.download_blob().readall() == b"0123456789"


def test_lists_come_in_pages_and_by_folder_with_metadata(container: ContainerClient) -> None:
    for name in ("a", "p/1", "p/2", "ü &<>%?#+.txt"):
        container.upload_blob(name, b"x", metadata={"n": "1"})
    pages = container.list_blobs(results_per_page=3, include=["metadata"]).by_page()
    found = [[(each.name, each.metadata) for each in page] for page in pages]
    assert [len(page) for page in found] == [3, 1]
    assert all(metadata == {"n": "1"} for page in found for _, metadata in page)
    assert {each.name for each in container.walk_blobs()} == {"a", "p/", "ü &<>%?#+.txt"}
    assert container.download_blob("ü &<>%?#+.txt").readall() == b"x"


def _signed(blob: BlobClient, key: str, options: dict[str, Any], **changes: Any) -> BlobClient:
    """A client with a signature for one blob alone."""
    fields: dict[str, Any] = {"permission": "r", "expiry": datetime.now(UTC) + timedelta(hours=1), **changes}
    signature = generate_blob_sas(_ACCOUNT, "judged", fields.pop("name", blob.blob_name), account_key=key, **fields)
    return BlobClient.from_blob_url(f"{blob.url}?{signature}", **options)


def test_a_signature_for_a_blob_opens_it(blob: BlobClient, key: str, options: dict[str, Any]) -> None:
    assert _signed(blob, key, options).download_blob(offset=2, length=3).readall() == b"234"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "folder/other"},
        {"expiry": datetime(2020, 1, 1, tzinfo=UTC)},
        {"start": datetime(2090, 1, 1, tzinfo=UTC), "expiry": datetime(2091, 1, 1, tzinfo=UTC)},
        {"ip": "10.0.0.1-10.0.0.9"},
        {"ip": "::1"},
        {"permission": "w"},
    ],
)
def test_a_signature_for_something_else_does_not(
    blob: BlobClient, key: str, options: dict[str, Any], changes: dict[str, Any]
) -> None:
    with pytest.raises(HttpResponseError) as refused:
        _signed(blob, key, options, **changes).download_blob()
    assert refused.value.status_code == 403


def test_a_signature_to_create_makes_new_blobs_and_overwrites_none(
    blob: BlobClient, key: str, options: dict[str, Any]
) -> None:
    with pytest.raises(HttpResponseError, match="UnauthorizedBlobOverwrite"):
        _signed(blob, key, options, permission="c").upload_blob(b"other", overwrite=True)
    with pytest.raises(HttpResponseError, match="does not allow"):
        _signed(blob, key, options, permission="c").stage_block("MQ==", b"other")
    with pytest.raises(HttpResponseError, match="UnauthorizedBlobOverwrite"):
        _signed(blob, key, options, permission="c").upload_blob(
            b"other", overwrite=True, headers={"Authorization": "None"}
        )
    assert blob.download_blob().readall() == b"0123456789"
    _signed(blob, key, options, permission="w").upload_blob(b"other", overwrite=True)
    blob.delete_blob()
    _signed(blob, key, options, permission="c").upload_blob(b"new")
    assert blob.download_blob().readall() == b"new"


def test_a_signature_for_what_is_in_a_container_does_not_delete_it(
    account: BlobServiceClient, blob: BlobClient, key: str, options: dict[str, Any]
) -> None:
    expiry = datetime.now(UTC) + timedelta(hours=1)
    signature = generate_container_sas(_ACCOUNT, "judged", account_key=key, permission="rdl", expiry=expiry)
    client = ContainerClient(account.url, "judged", credential=signature, **options)
    with pytest.raises(HttpResponseError, match="does not allow"):
        client.delete_container()
    client.delete_blob("folder/blob")
    assert not blob.exists()


def test_a_signature_for_the_account_is_held_to_its_types(
    account: BlobServiceClient, blob: BlobClient, key: str, options: dict[str, Any]
) -> None:
    expiry = datetime.now(UTC) + timedelta(hours=1)
    allowed = AccountSasPermissions(read=True, list=True)
    signature = generate_account_sas(_ACCOUNT, key, ResourceTypes(container=True), allowed, expiry)
    client = ContainerClient(account.url, "judged", credential=signature, **options)
    assert [each.name for each in client.list_blobs()] == ["folder/blob"]
    with pytest.raises(HttpResponseError, match="resource type"):
        client.download_blob("folder/blob")
    forged = ContainerClient(account.url, "judged", credential=signature.replace("srt=c", "srt=co"), **options)
    with pytest.raises(ClientAuthenticationError):
        forged.download_blob("folder/blob")


def test_a_large_blob_is_streamed_up_and_down(container: ContainerClient) -> None:
    content = hashlib.sha256(b"seed").digest() * (_LARGE // 32)
    container.upload_blob("large", io.BytesIO(content), max_concurrency=4)
    digest, size = hashlib.sha256(), 0
    for chunk in container.download_blob("large", max_concurrency=2).chunks():
        digest.update(chunk)
        size += len(chunk)
    assert (size, digest.digest()) == (_LARGE, hashlib.sha256(content).digest())
