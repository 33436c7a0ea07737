"""Build and push with a real engine and a registry that wants a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from retailctl.domain.references import ImageRef
from retailctl.errors import AlreadyExists, NotLoggedIn, ResourceNotFound, WrongState
from retailctl.images.labels import CONTENT, REVISION, VERSION
from retailctl.images.revision import revision_of
from retailctl.workflows.build import BuildRequest, BuiltImage, build
from retailctl.workflows.events import StepDone, StepProgress
from retailctl.workflows.project_images import known_image, named_image, record_file, require_pushed
from tests.images.conftest import commit, log_in
from tests.images.shop import ImageShop

INFER = BuildRequest(("infer",))


def built(shop: ImageShop, request: BuildRequest = INFER) -> BuiltImage:
    (image,) = build(shop.tools, request).images
    return image


def test_an_image_is_built_pushed_and_pinned_by_the_registry_s_own_digest(shop: ImageShop) -> None:
    image = built(shop)
    assert (image.outcome, image.pushed) == ("pushed", True)
    held = shop.tools.registry.image("retail/infer", image.digest)
    assert held is not None
    assert ImageRef.parse(image.reference).digest == held.digest
    local = shop.engine.image(f"{shop.tools.registry.host}/retail/infer:{image.tag}")
    assert local is not None
    assert any(each.endswith(image.digest) for each in local.digests)
    assert not shop.litter()


def test_the_tag_and_labels_are_the_commit_s(shop: ImageShop) -> None:
    image = built(shop)
    revision = revision_of(shop.tools.project.root)
    assert revision is not None
    assert image.tag == revision.sha
    held = shop.tools.registry.image("retail/infer", revision.sha)
    assert held is not None
    assert held.labels[REVISION] == held.labels[VERSION] == revision.sha
    assert held.labels[CONTENT].startswith("sha256:")
    assert held.labels["org.opencontainers.image.created"].endswith("Z")


def test_steps_and_layers_are_told_while_they_go_on(shop: ImageShop) -> None:
    built(shop)
    progress = [event for event in shop.events if isinstance(event, StepProgress)]
    assert any(each.text.startswith("step 1 of ") for each in progress)
    assert any("layers there" in each.text for each in progress)


def test_the_same_content_is_neither_built_nor_pushed_again(shop: ImageShop) -> None:
    first = built(shop)
    shop.events.clear()
    again = built(shop)
    assert (again.outcome, again.digest, again.changed) == ("unchanged", first.digest, False)
    assert {event.outcome for event in shop.events if isinstance(event, StepDone)} == {"unchanged"}


def test_a_new_commit_with_the_same_content_is_one_more_tag(shop: ImageShop) -> None:
    first = built(shop)
    (shop.tools.project.root / "notes.md").write_text("nothing of the image\n")
    commit(shop.tools.project.root, "two")
    again = built(shop)
    assert (again.outcome, again.digest) == ("tagged", first.digest)
    assert set(shop.tools.registry.tags_of("retail/infer", first.digest)) == {first.tag, again.tag}


def test_a_changed_tree_is_another_image_named_by_its_content(shop: ImageShop) -> None:
    first = built(shop)
    (shop.tools.project.root / "serving" / "app.py").write_text("# edited\n")
    again = built(shop)
    assert again.digest != first.digest
    assert again.tag is not None
    assert again.tag.startswith(f"{first.tag}-dirty-")
    assert not shop.litter()


def test_another_machine_learns_the_digest_from_the_registry(shop: ImageShop) -> None:
    image = built(shop)
    record_file(shop.tools, "infer").unlink()
    assert known_image(shop.tools, "infer").reference.digest != image.digest
    require_pushed(shop.tools, "infer")
    assert known_image(shop.tools, "infer").reference.digest == image.digest


def test_an_image_that_only_the_registry_holds_is_pulled(shop: ImageShop) -> None:
    image = built(shop)
    name = f"{shop.tools.registry.host}/retail/infer"
    shop.engine.api.remove_image(f"{name}:{image.tag}", force=True)
    assert shop.engine.image(image.reference) is None
    shop.engine.pull(ImageRef.parse(image.reference), shop.tools.registry.login())
    assert shop.engine.image(image.reference) is not None
    with pytest.raises(ResourceNotFound):
        shop.engine.pull(ImageRef.parse(f"{name}@sha256:{'e' * 64}"), shop.tools.registry.login())
    shop.engine.api.remove_image(image.reference, force=True)


def test_what_was_never_pushed_is_not_deployed(shop: ImageShop) -> None:
    with pytest.raises(WrongState, match="does not hold the infer image") as caught:
        require_pushed(shop.tools, "infer")
    assert caught.value.hint == "retailctl build infer"


def test_a_tag_is_refused_with_the_digest_to_use(shop: ImageShop) -> None:
    image = built(shop)
    with pytest.raises(Exception, match="is not pinned") as caught:
        named_image(shop.tools, f"{shop.tools.registry.host}/retail/infer:{image.tag}")
    assert str(image.reference) in caught.value.hint  # type: ignore[attr-defined]


def test_a_tag_never_moves_to_other_content(shop: ImageShop) -> None:
    built(shop, BuildRequest(("infer",), tags=("1.0",)))
    (shop.tools.project.root / "serving" / "app.py").write_text("# edited\n")
    with pytest.raises(AlreadyExists, match=r"has a retail/infer:1\.0 of other content"):
        built(shop, BuildRequest(("infer",), tags=("1.0",)))


def test_a_wrong_password_is_told_before_anything_is_built(
    shop: ImageShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(shop.tools.registry.host, tmp_path, monkeypatch, password="hunter-3")
    with pytest.raises(NotLoggedIn) as caught:
        built(shop)
    assert caught.value.hint == f"docker login {shop.tools.registry.host}"
    assert "hunter-3" not in f"{caught.value} {caught.value.reason}"
    assert shop.names() == set()


def test_without_a_registry_an_image_stays_in_the_engine(shop: ImageShop) -> None:
    image = built(shop, BuildRequest(("infer",), push=False))
    assert (image.outcome, image.pushed) == ("built", False)
    assert built(shop, BuildRequest(("infer",), push=False)).outcome == "unchanged"
    assert shop.tools.registry.images("retail/infer") == [] or image.tag not in {
        tag for each in shop.tools.registry.images("retail/infer") for tag in each.tags
    }
