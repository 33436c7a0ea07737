"""The storage account: what the SDKs write comes back whole, to those who may, and nothing leaves its container."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerClient, ContainerSasPermissions, generate_container_sas

from retailctl.emulator import LocalWorkspace
from tests.emulator.api import Api

_CONTAINER = "azureml-blobstore"
_ACCOUNT = "local.blob.core.local"


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    answer = api.arm("POST", "/datastores/workspaceblobstore/listSecrets", json={})
    found: str = answer.json()["key"]
    return found


@pytest.fixture
def container(workspace: LocalWorkspace, key: str) -> ContainerClient:
    service = BlobServiceClient(
        f"{workspace.url}/{_ACCOUNT}", credential=key, connection_verify=str(workspace.ca_bundle), retry_total=0
    )
    return service.get_container_client(_CONTAINER)


def test_a_blob_comes_back_whole(container: ContainerClient) -> None:
    blob = container.upload_blob("some folder/data.bin", b"0123456789", metadata={"version": "1"})
    assert container.download_blob("some folder/data.bin").readall() == b"0123456789"
    properties = blob.get_blob_properties()
    assert (properties.size, properties.metadata) == (10, {"version": "1"})


def test_a_range_is_a_part(container: ContainerClient) -> None:
    container.upload_blob("ranged", b"0123456789")
    assert container.download_blob("ranged", offset=3, length=4).readall() == b"3456"


def test_an_empty_blob_is_a_blob(container: ContainerClient) -> None:
    container.upload_blob("empty", b"")
    assert container.download_blob("empty").readall() == b""


def test_a_large_blob_is_put_together_from_blocks(container: ContainerClient) -> None:
    content = bytes(range(256)) * 4096
    blob = container.get_blob_client("large")
    blob.stage_block("one", content[:500_000])
    blob.stage_block("two", content[500_000:])
    blob.commit_block_list(["one", "two"])  # type: ignore[list-item]
    assert container.download_blob("large").readall() == content


def test_a_block_that_was_never_sent_is_refused(container: ContainerClient) -> None:
    with pytest.raises(HttpResponseError, match="InvalidBlockList"):
        container.get_blob_client("blocked").commit_block_list(["ghost"])  # type: ignore[list-item]


def test_a_blob_is_not_overwritten_by_mistake(container: ContainerClient) -> None:
    container.upload_blob("once", b"first")
    with pytest.raises(ResourceExistsError):
        container.upload_blob("once", b"second")
    container.upload_blob("once", b"second", overwrite=True)
    assert container.download_blob("once").readall() == b"second"


def test_blobs_are_listed_flat_and_by_folder(container: ContainerClient) -> None:
    for name in ("tree/a", "tree/b/c", "tree/b/d", "tree-beside"):
        container.upload_blob(name, b"x")
    assert [each.name for each in container.list_blobs(name_starts_with="tree/")] == ["tree/a", "tree/b/c", "tree/b/d"]
    walked: list[Any] = list(container.walk_blobs(name_starts_with="tree/"))
    assert {each.name for each in walked} == {"tree/a", "tree/b/"}
    pages = container.list_blobs(name_starts_with="tree/", results_per_page=2).by_page()
    assert [[each.name for each in page] for page in pages] == [["tree/a", "tree/b/c"], ["tree/b/d"]]


def test_a_deleted_blob_is_gone(container: ContainerClient) -> None:
    container.upload_blob("gone/soon", b"x")
    container.delete_blob("gone/soon")
    with pytest.raises(ResourceNotFoundError):
        container.download_blob("gone/soon")


@pytest.mark.parametrize("name", ["../escape", "a/../../escape", "a/./b", "/rooted", "a//b", "%2e%2e/escape"])
def test_a_name_that_would_leave_its_folder_is_refused(api: Api, workspace: LocalWorkspace, name: str) -> None:
    url = f"{workspace.url}/{_ACCOUNT}/{_CONTAINER}/{name}"
    request = requests.Request("PUT", url, data=b"x", headers={"x-ms-blob-type": "BlockBlob"})
    prepared = api.session.prepare_request(request)
    prepared.url = url  # as it is: the library would tidy it up
    answer = api.session.send(prepared, timeout=30)
    assert answer.status_code in {400, 403, 404, 501}
    assert not list(workspace.state.rglob("escape"))


def test_a_link_inside_a_container_does_not_lead_out(
    container: ContainerClient, workspace: LocalWorkspace, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    (workspace.state / "blobs" / _CONTAINER / "link").symlink_to(tmp_path)
    with pytest.raises(HttpResponseError, match="InvalidUri"):
        container.download_blob("link/secret")
    assert "link/secret" not in [each.name for each in container.list_blobs()]


def _signed(
    workspace: LocalWorkspace, key: str, permission: str, hours: int, address: str | None = None
) -> ContainerClient:
    sas = generate_container_sas(
        _ACCOUNT,
        _CONTAINER,
        account_key=key,
        permission=ContainerSasPermissions.from_string(permission),
        expiry=datetime.now(UTC) + timedelta(hours=hours),
        ip=address,
    )
    url = f"{workspace.url}/{_ACCOUNT}/{_CONTAINER}?{sas}"
    return ContainerClient.from_container_url(url, connection_verify=str(workspace.ca_bundle), retry_total=0)


def test_a_signature_allows_what_it_names(workspace: LocalWorkspace, key: str) -> None:
    writer, reader = _signed(workspace, key, "cw", 1), _signed(workspace, key, "r", 1)
    writer.upload_blob("signed", b"content")
    assert reader.download_blob("signed").readall() == b"content"
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        reader.upload_blob("signed", b"other", overwrite=True)


def test_a_signature_that_has_ended_is_refused(workspace: LocalWorkspace, key: str) -> None:
    with pytest.raises(HttpResponseError, match="AuthenticationFailed"):
        _signed(workspace, key, "cw", -1).upload_blob("late", b"content")


def test_a_caller_does_not_choose_the_address_that_it_comes_from(workspace: LocalWorkspace, key: str) -> None:
    _signed(workspace, key, "cw", 1).upload_blob("for-one-address", b"content")
    elsewhere = _signed(workspace, key, "r", 1, address="192.0.2.1")
    with pytest.raises(HttpResponseError, match="AuthorizationSourceIPMismatch"):
        elsewhere.download_blob("for-one-address", headers={"X-Forwarded-For": "192.0.2.1"})
    here = _signed(workspace, key, "r", 1, address="127.0.0.1")
    assert here.download_blob("for-one-address").readall() == b"content"


def test_a_signature_of_another_key_is_refused(workspace: LocalWorkspace) -> None:
    other = base64.b64encode(b"x" * 64).decode()
    with pytest.raises(HttpResponseError, match="AuthenticationFailed"):
        _signed(workspace, other, "cw", 1).upload_blob("forged", b"content")


def test_a_wrong_account_key_is_refused(workspace: LocalWorkspace) -> None:
    service = BlobServiceClient(
        f"{workspace.url}/{_ACCOUNT}",
        credential=base64.b64encode(b"x" * 64).decode(),
        connection_verify=str(workspace.ca_bundle),
        retry_total=0,
    )
    with pytest.raises(HttpResponseError, match="AuthenticationFailed"):
        service.get_container_client(_CONTAINER).upload_blob("forged", b"content")


def test_no_credential_gets_nothing(workspace: LocalWorkspace) -> None:
    url = f"{workspace.url}/{_ACCOUNT}/{_CONTAINER}/any"
    assert requests.get(url, verify=str(workspace.ca_bundle), timeout=30).status_code == 401


@pytest.mark.parametrize("prefix", ["/etc/", "../", "a/../../", "linked/", "circle/"])
def test_a_listing_stays_in_its_container(workspace: LocalWorkspace, container: ContainerClient, prefix: str) -> None:
    folder = workspace.state / "blobs" / _CONTAINER
    for name, target in (("linked", workspace.state / "tls"), ("circle", folder / "circle")):
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(target)
    assert list(container.list_blobs(name_starts_with=prefix)) == []


def test_a_link_to_itself_is_no_blob(workspace: LocalWorkspace, container: ContainerClient) -> None:
    (workspace.state / "blobs" / _CONTAINER / "itself").symlink_to("itself")
    with pytest.raises(HttpResponseError) as refused:
        container.upload_blob("itself", b"x")
    assert refused.value.status_code == 400
