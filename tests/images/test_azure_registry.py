"""Azure Container Registry: the caller's token exchanged, images pushed, listed and deleted, and no secret told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken
from urllib3 import PoolManager

from retailctl.azureml.transport import open_pool
from retailctl.errors import Forbidden, NotLoggedIn, ResourceNotFound
from retailctl.images.azure_registry import AUDIENCE, NOBODY, AzureRegistry
from retailctl.images.engine import Engine
from retailctl.workflows.build import BuildRequest, build
from retailctl.workflows.cleanup import CleanupRequest, cleanup
from retailctl.workflows.images import ListImages, delete_image, list_images, show_image
from tests.images.acr import ENTRA_TOKEN, Azure, azure_in_front_of
from tests.images.registry import PASSWORD, USER
from tests.images.shop import ImageShop


class Caller:
    """A credential of Entra's; ``scopes`` are those that were asked for."""

    def __init__(self, token: str = ENTRA_TOKEN) -> None:
        self.token = token
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        self.scopes += scopes
        return AccessToken(self.token, int(time.time()) + 3600)


@pytest.fixture(scope="module")
def front(registry_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    """One registry for all tests: the engine pushes the base image once."""
    with azure_in_front_of(registry_host, USER, PASSWORD, tmp_path_factory.mktemp("azure")) as front:
        yield front


@pytest.fixture
def azure(front: Azure) -> Iterator[Azure]:
    """An Azure Container Registry that was asked nothing yet."""
    front.asked.clear()
    yield front
    front.read_only = False


def registry(azure: Azure, caller: Caller | None = None) -> AzureRegistry:
    def pool(url: str) -> PoolManager:
        return open_pool(url, azure.ca_file)

    return AzureRegistry(azure.host, pool, caller or Caller(), ca_bundle=azure.ca_file)


@pytest.fixture
def shop(engine: Engine, azure: Azure, project: Path) -> Iterator[ImageShop]:
    """A project whose images go to Azure's registry."""
    made = ImageShop(
        project, engine, registry=azure.host, infer_image=f"retail/{project.parent.name.replace('_', '-')}"
    )
    made.tools.open_registry = lambda tools: registry(azure)
    yield made
    made.clear()


def push(shop: ImageShop, *edits: str) -> list[str]:
    """Build and push once for each edit; the digests, the oldest first."""
    digests = []
    for edit in edits:
        (shop.tools.project.root / "serving" / "app.py").write_text(f"# {edit}\n")
        (image,) = build(shop.tools, BuildRequest(("infer",))).images
        digests.append(image.digest)
    return digests


def test_the_caller_s_token_is_exchanged_and_logs_the_engine_in(shop: ImageShop, azure: Azure) -> None:
    (digest,) = push(shop, "one")
    assert "POST /oauth2/exchange" in azure.asked
    login = shop.tools.registry.login()
    assert (login.username, login.password) == (NOBODY, azure.refresh_token)
    assert shop.tools.registry.image(shop.tools.settings.infer_image, digest) is not None


def test_it_asks_entra_for_the_registry_s_audience(azure: Azure) -> None:
    caller = Caller()
    registry(azure, caller).check_login()
    assert set(caller.scopes) == {f"{AUDIENCE}/.default"}


def test_images_are_listed_and_deleted_through_azure_s_own_client(shop: ImageShop, azure: Azure) -> None:
    old, new = push(shop, "one", "two")
    page = list_images(shop.tools, ListImages("infer"))
    assert [image.digest for image in page.images] == [new, old]
    assert any(each.startswith("GET /acr/v1/retail%2F") for each in azure.asked)
    change = delete_image(shop.tools, f"{shop.tools.settings.infer_image}@{old}")
    assert change.tags == page.images[1].tags
    assert [image.digest for image in list_images(shop.tools, ListImages("infer")).images] == [new]
    with pytest.raises(ResourceNotFound):
        delete_image(shop.tools, f"{shop.tools.settings.infer_image}@{old}")


def test_an_image_is_shown_with_its_labels(shop: ImageShop) -> None:
    (digest,) = push(shop, "one")
    detail = show_image(shop.tools, "infer")
    assert (detail.digest, detail.platform) == (digest, "linux/amd64")
    assert detail.revision is not None
    assert detail.revision.endswith("-dirty")


def test_a_clean_up_keeps_the_newest_and_what_a_slot_runs(shop: ImageShop) -> None:
    oldest, middle, newest = push(shop, "one", "two", "three")
    shop.world.add_endpoint(traffic={"blue": 100})
    pinned = f"{shop.tools.registry.host}/{shop.tools.settings.infer_image}@{oldest}"
    shop.world.add_slot("blue", image=pinned)
    result = cleanup(shop.tools, CleanupRequest(keep=1, images=True))
    images = {each.name.rpartition("@")[2]: each for each in result.plan.actions if each.kind == "image"}
    assert set(images) == {middle}
    assert "its tags go with it" in images[middle].reason
    left = {image.digest for image in shop.tools.registry.images(shop.tools.settings.infer_image)}
    assert left == {oldest, newest}


def test_the_right_to_push_is_tried_and_nothing_is_left(azure: Azure) -> None:
    registry(azure).check_push("retail/probed")
    assert any(each.startswith("DELETE /v2/retail/probed/blobs/uploads/") for each in azure.asked)
    azure.read_only = True
    with pytest.raises(Forbidden, match="does not allow it"):
        registry(azure).check_push("retail/probed")


def test_a_stranger_is_told_the_role_and_no_token(azure: Azure) -> None:
    with pytest.raises(NotLoggedIn) as caught:
        registry(azure, Caller("entra-token-of-a-stranger")).check_login()
    told = f"{caught.value} {caught.value.reason} {caught.value.hint}"
    assert "AcrPush" in told
    assert "entra-token" not in told


def test_a_repository_that_is_not_there_holds_nothing(azure: Azure) -> None:
    assert registry(azure).images("retail/nowhere") == []
    assert registry(azure).image("retail/nowhere", "1") is None
