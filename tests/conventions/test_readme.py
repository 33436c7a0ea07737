"""The pages keep up with the code: generated parts are fresh, links lead somewhere, commands shown exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from retailctl.cli.reference import leaves, refresh
from tests.conventions.sources import CHECKOUT, tracked

PAGES = tracked(".md")


def test_the_generated_parts_of_the_readme_are_fresh() -> None:
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert refresh(text) == text, "make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    known = {line for line, _ in leaves()} | {"shift-traffic"}
    groups = {line.split()[0] for line in known if " " in line}
    shown = re.findall(r"^\$ retailctl ([a-z-]+)(?: ([a-z-]+))?", page.read_text(encoding="utf-8"), re.MULTILINE)
    lines = [f"{verb} {second}" if verb in groups else verb for verb, second in shown]
    assert not [line for line in lines if line not in known]
