"""The published list of what is supported is the list of what is there."""

from __future__ import annotations

import re
from pathlib import Path

from retailctl import emulator
from retailctl.emulator.app.build import OPERATIONS

_README = Path(emulator.__file__).with_name("README.md")


def test_every_operation_is_listed_and_no_other() -> None:
    _, _, rest = _README.read_text().partition("<!-- operations: begin -->")
    table = rest.partition("<!-- operations: end -->")[0]
    assert set(re.findall(r"\b[A-Z]\w+_[A-Z]\w+\b", table)) - {"RequestLatency_P95"} == {
        each.name for each in OPERATIONS
    }
