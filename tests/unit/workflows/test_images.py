"""What is built, pushed, pinned, listed and kept, over an engine and a registry in memory."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import cast

import pytest

from retailctl.domain import tags
from retailctl.errors import InvalidConfig, InvalidInput, Unreachable, WrongState
from retailctl.images.engine import Engine, EngineInfo
from retailctl.images.labels import CREATED, REVISION
from retailctl.images.registry import Registry
from retailctl.workflows.build import BuildRequest, build
from retailctl.workflows.cleanup import CleanupRequest, cleanup, plan
from retailctl.workflows.deploy import DeployRequest, deploy
from retailctl.workflows.images import ListImages, delete_image, list_images
from retailctl.workflows.project_images import known_image
from retailctl.workflows.status import StatusRequest, status
from retailctl.workflows.train import TrainRequest, train
from tests.unit.workflows.fake_images import FakeEngine, FakeRegistry
from tests.unit.workflows.fakes import Shop

HOST = "registry.example"


class ImageShop(Shop):
    """A shop with an engine and a registry."""

    def __init__(self, folder: Path, **settings: object) -> None:
        super().__init__(folder, **{"registry": HOST, **settings})
        self.registry = FakeRegistry()
        self.engine = FakeEngine(self.registry)
        self.tools.open_engine = lambda: cast(Engine, self.engine)
        self.tools.open_registry = lambda tools: cast(Registry, self.registry)


@pytest.fixture
def shop(tmp_path: Path) -> ImageShop:
    """Everything that builds and pushes."""
    return ImageShop(tmp_path)


def commit(folder: Path) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    (folder / ".gitignore").write_text(".retailctl/\n")
    for line in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run(["git", *who, *line], cwd=folder, check=True)


def test_both_images_are_built_and_pushed_once(shop: ImageShop) -> None:
    first = build(shop.tools, BuildRequest())
    assert [(image.name, image.outcome) for image in first.images] == [("train", "pushed"), ("infer", "pushed")]
    again = build(shop.tools, BuildRequest())
    assert {image.outcome for image in again.images} == {"unchanged"}
    assert len(shop.engine.built) == 2


def test_a_clean_commit_is_dated_by_itself_whenever_it_is_built(shop: ImageShop) -> None:
    commit(shop.tools.project.root)
    build(shop.tools, BuildRequest(("infer",)))
    shop.world.clock.sleep(3600)
    build(shop.tools, BuildRequest(("infer",), no_cache=True))
    assert len(set(shop.engine.created)) == 1
    assert "-dirty" not in shop.engine.built[0].labels[REVISION]


def test_the_date_can_be_named_for_reproducible_builds(shop: ImageShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    build(shop.tools, BuildRequest(("infer",)))
    assert shop.engine.built[0].labels[CREATED] == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize(("profile", "platform"), [("prod", "linux/amd64"), ("local", None)])
def test_azure_s_machines_get_their_own_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str, platform: str | None
) -> None:
    shop = ImageShop(tmp_path, profile=profile)
    monkeypatch.setattr(shop.engine, "info", lambda: EngineInfo("x", "28.0", "arm64", "/nowhere"))
    build(shop.tools, BuildRequest(("infer",)))
    assert shop.engine.built[0].platform == platform


def test_a_push_without_a_registry_says_what_to_set(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with pytest.raises(InvalidConfig, match="names no registry") as caught:
        build(shop.tools, BuildRequest(push=True))
    assert "ACR_NAME" in caught.value.hint


def test_an_engine_that_is_needed_and_missing_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no Docker engine"):
        build(Shop(tmp_path).tools, BuildRequest(push=False))


def test_deployments_pin_what_was_pushed_from_this_very_content(shop: ImageShop) -> None:
    (image,) = build(shop.tools, BuildRequest(("infer",))).images
    assert image.pushed
    assert known_image(shop.tools, "infer").reference.text == f"{HOST}/retail/infer@{image.digest}"
    (shop.tools.project.root / "templates").mkdir()
    (shop.tools.project.root / "templates" / "infer.Dockerfile.j2").write_text("FROM another\n")
    assert known_image(shop.tools, "infer").reference.digest != image.digest


def test_a_job_whose_image_was_never_pushed_is_not_sent(shop: ImageShop, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "sales.csv").write_text("store_id,item_id,date,sales\nA,1,2026-01-01,1\n")
    with pytest.raises(WrongState, match="does not hold the train image"):
        train(shop.tools, TrainRequest(sets=(f"data={data}",)))
    assert "jobs.submit" not in shop.world.calls


def test_status_tells_tag_revision_and_whether_the_tree_differs(
    shop: ImageShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (image,) = build(shop.tools, BuildRequest(("infer",))).images
    shop.world.add_model(3)
    deploy(shop.tools, DeployRequest("green", smoke_test=False))
    (slot,) = status(shop.tools, StatusRequest()).slots
    assert (slot.digest, slot.image_tag, slot.differs) == (image.digest, image.tag, False)
    monkeypatch.setattr("retailctl.workflows.status.report.source_digest", lambda tools, image: "another")
    assert status(shop.tools, StatusRequest()).slots[0].differs is True


def test_a_foreign_image_says_nothing_of_its_code(shop: ImageShop) -> None:
    shop.world.add_endpoint(traffic={"blue": 100})
    shop.world.add_slot("blue", tags={tags.MODEL: "m:1"})
    (slot,) = status(shop.tools, StatusRequest()).slots
    assert (slot.image_tag, slot.revision, slot.differs) == (None, None, None)


def test_what_a_slot_or_an_environment_refers_to_is_told_and_kept(shop: ImageShop) -> None:
    used, kept, free = (shop.registry.hold("retail/infer", number, f"v{number}") for number in (1, 2, 3))
    shop.world.add_endpoint(traffic={"blue": 100})
    shop.world.add_slot("blue", image=f"{HOST}/retail/infer@{used}")
    shop.world.add_environment("1", image=f"{HOST}/retail/infer@{kept}")
    users = {image.digest: image.used_by for image in list_images(shop.tools, ListImages("infer")).images}
    assert users == {used: ("retail-forecast-endpoint/blue",), kept: ("retail-infer:1",), free: ()}
    for digest in (used, kept):
        with pytest.raises(WrongState, match="is in use by"):
            delete_image(shop.tools, f"retail/infer@{digest}")
    assert delete_image(shop.tools, "retail/infer:v3").tags == ("v3",)
    assert set(shop.registry.held) == {used, kept}


def test_the_environments_that_azure_ml_makes_by_itself_hold_nothing(shop: ImageShop) -> None:
    digest = shop.registry.hold("retail/infer", 1, "v1")
    shop.world.add_environment("abc", "CliV2AnonymousEnvironment", image=f"{HOST}/retail/infer@{digest}")
    delete_image(shop.tools, f"retail/infer@{digest}")
    assert shop.registry.held == {}


def test_an_image_is_deleted_by_name_and_never_by_kind(shop: ImageShop) -> None:
    with pytest.raises(InvalidInput, match="does not say which image"):
        delete_image(shop.tools, "infer")


def test_a_clean_up_leaves_the_registry_alone_unless_it_is_asked(shop: ImageShop) -> None:
    for number in range(5):
        shop.registry.hold("retail/infer", number, f"v{number}")
    assert not [action for action in plan(shop.tools, CleanupRequest(keep=1)).actions if action.kind == "image"]
    result = cleanup(shop.tools, CleanupRequest(keep=2, images=True))
    gone = [action.name for action in result.plan.actions if action.kind == "image"]
    assert len(gone) == 3
    assert [image.tags for image in shop.registry.images("retail/infer")] == [("v4",), ("v3",)]


def test_the_slot_that_rollback_returns_to_keeps_its_image(shop: ImageShop) -> None:
    before = shop.registry.hold("retail/infer", 1, "before")
    shop.registry.hold("retail/infer", 2, "now")
    previous = {tags.PREVIOUS_TRAFFIC: "blue=100", tags.TRAFFIC_CHANGED_AT: "2026-11-01T00:00:00+00:00"}
    shop.world.add_endpoint(traffic={"green": 100}, tags=previous)
    shop.world.add_slot("blue", image=f"{HOST}/retail/infer@{before}")
    shop.world.add_slot("green")
    kept = [each for each in plan(shop.tools, CleanupRequest(keep=1, images=True)).kept if each.kind == "image"]
    assert {each.name.rpartition("@")[2] for each in kept} >= {before}
