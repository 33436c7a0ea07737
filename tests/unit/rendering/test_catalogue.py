"""Which templates there are, and which file wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from retailctl.errors import TemplateNotFound
from retailctl.rendering.catalogue import TEMPLATES, find, list_templates
from tests.unit.rendering.conftest import CARRIED


def test_every_template_is_carried() -> None:
    assert [each.template for each in list_templates((CARRIED,))] == list(TEMPLATES)
    assert {file.name for file in CARRIED.glob("*.j2")} == {template.file_name for template in TEMPLATES}


def test_a_project_s_own_file_hides_the_carried_one(tmp_path: Path) -> None:
    (tmp_path / "endpoint.yml.j2").write_text("name: x\n")
    folders = (tmp_path, CARRIED)
    assert find("endpoint", folders).path == tmp_path / "endpoint.yml.j2"
    assert find("endpoint", folders).overridden
    assert find("deployment", folders).path == CARRIED / "deployment.yml.j2"
    assert not find("deployment", folders).overridden


def test_a_template_that_is_not_there_is_answered_with_the_nearest() -> None:
    with pytest.raises(TemplateNotFound) as caught:
        find("deploment", (CARRIED,))
    assert caught.value.reason == "did you mean 'deployment'?"
    with pytest.raises(TemplateNotFound, match="no template 'zzz'") as caught:
        find("zzz", (CARRIED,))
    assert "train-job" in str(caught.value.reason)


def test_a_folder_without_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateNotFound) as caught:
        find("endpoint", (tmp_path,))
    assert str(tmp_path) in str(caught.value.reason)
