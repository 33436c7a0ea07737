"""The README's tables are made from the code they describe."""

from __future__ import annotations

import pytest

from retailctl.cli import reference
from retailctl.config.settings import ROWS
from retailctl.errors import RetailctlError


def test_commands_are_listed_with_their_own_options() -> None:
    text = reference.commands()
    assert "| `traffic [SLOT=PERCENT...]` | Shift the endpoint's traffic between the slots | `--mirror`" in text
    assert "shift-traffic" not in text
    row = next(line for line in text.splitlines() if line.startswith("| `status`"))
    assert "--watch" in row
    assert "--profile" not in row


def test_every_exit_code_and_error_code_is_listed() -> None:
    text = reference.exit_codes()
    for family in RetailctlError.__subclasses__():
        assert f"| {family.exit_code} |" in text
        for kind in (family, *family.__subclasses__()):
            assert f"`{kind.code}`" in text
    for code in (0, 2, 10, 70, 130):
        assert f"| {code} |" in text


def test_every_setting_is_listed() -> None:
    text = reference.settings()
    for row in ROWS:
        assert f"| `{row.name}` |" in text
        assert row.variable in text


@pytest.mark.parametrize("name", reference.PARTS)
def test_only_what_is_between_markers_is_made_anew(name: str) -> None:
    before = f"# Title\n<!-- {name}:begin -->\nstale\n<!-- {name}:end -->\nthe end\n"
    after = reference.refresh(before)
    assert after == f"# Title\n<!-- {name}:begin -->\n{reference.PARTS[name]()}\n<!-- {name}:end -->\nthe end\n"
    assert reference.refresh(after) == after


def test_a_file_without_markers_stays_as_it_is() -> None:
    assert reference.refresh("# Title\n") == "# Title\n"
