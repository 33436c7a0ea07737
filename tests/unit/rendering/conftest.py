"""Templates as the product carries them, and a folder to write others in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from retailctl.config.bundle import bundle_root
from retailctl.rendering.catalogue import Template, TemplateFile

CARRIED = bundle_root() / "templates"


@pytest.fixture
def write_template(tmp_path: Path) -> Callable[[str], TemplateFile]:
    """Writes a template of any text."""

    def write(text: str) -> TemplateFile:
        path = tmp_path / "note.yml.j2"
        path.write_text(text)
        return TemplateFile(Template("note", "conda", "", "note.yml"), path, (tmp_path,))

    return write
