"""Build renders, names, says that it stops there, and writes nothing twice."""

from __future__ import annotations

import pytest

from retailctl.errors import InvalidInput, InvalidTemplate
from retailctl.workflows.build import BuildRequest, build
from retailctl.workflows.events import Notice, StepDone
from retailctl.workflows.project_images import known_image
from tests.unit.workflows.fakes import Shop


def test_both_images_are_named_by_content_and_their_contexts_left(shop: Shop) -> None:
    result = build(shop.tools, BuildRequest())
    assert [image.name for image in result.images] == ["train", "infer"]
    for image in result.images:
        assert image.reference == f"localhost/retail/{image.name}@{image.digest}"
        assert image.context is not None
        assert (
            (image.context / "Dockerfile")
            .read_text()
            .startswith(f"# The {'training' if image.name == 'train' else 'inference'}")
        )
        assert (image.context / "requirements.txt").is_file()
        assert image.changed
        assert not image.pushed
    assert shop.world.calls == []


def test_it_says_that_it_stops_before_docker(shop: Shop) -> None:
    build(shop.tools, BuildRequest(("infer",)))
    notices = [event.text for event in shop.events if isinstance(event, Notice)]
    assert any("no image is built" in text for text in notices)


def test_building_again_changes_nothing_and_says_so(shop: Shop) -> None:
    first = build(shop.tools, BuildRequest())
    shop.events.clear()
    again = build(shop.tools, BuildRequest())
    assert [image.digest for image in again.images] == [image.digest for image in first.images]
    assert not any(image.changed for image in again.images)
    assert {event.outcome for event in shop.events if isinstance(event, StepDone)} == {"unchanged"}


def test_a_dry_run_names_the_images_and_writes_nothing(shop: Shop) -> None:
    result = build(shop.tools, BuildRequest(dry_run=True))
    assert result.planned
    assert all(image.context is None and image.changed for image in result.images)
    assert not shop.tools.project.state_dir.exists()
    assert known_image(shop.tools, "infer").reference.text == result.images[1].reference


def test_another_image_is_refused(shop: Shop) -> None:
    with pytest.raises(InvalidInput, match="no image 'serve'"):
        build(shop.tools, BuildRequest(("serve",)))


def test_settings_reach_the_dockerfile_and_the_name(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = {"python_version": "3.12", "acr_name": "acrretaildev", "infer_image": "team/infer"}
    shop = Shop(tmp_path_factory.mktemp("project"), **settings)
    (image,) = build(shop.tools, BuildRequest(("infer",), push=False, build=False)).images
    assert image.reference.startswith("acrretaildev.azurecr.io/team/infer@sha256:")
    assert image.context is not None
    text = (image.context / "Dockerfile").read_text()
    assert "FROM python:3.12-slim" in text
    assert "docker build -t team/infer ." in text


def test_a_project_s_own_dockerfile_wins_and_its_mistakes_have_a_line(shop: Shop) -> None:
    own = shop.tools.project.root / "templates" / "infer.Dockerfile.j2"
    own.parent.mkdir()
    own.write_text("FROM scratch\n# [[ infer_repo ]]\n")
    with pytest.raises(InvalidTemplate) as caught:
        build(shop.tools, BuildRequest(("infer",)))
    assert caught.value.message == f"{own}:2: 'infer_repo' is undefined"
    assert caught.value.reason == "did you mean 'infer_repository'?"
