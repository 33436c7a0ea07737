"""The published list of what is supported is the list of what is there, and of what was seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from retailctl import emulator
from retailctl.emulator.app.build import OPERATIONS
from tests.contract.parity import FAMILIES, README, filled, recorded


def test_the_readmes_table_is_fresh() -> None:
    text = README.read_text()
    assert filled(text) == text, "run: python -m tests.contract.parity"


def test_every_operation_belongs_to_one_family() -> None:
    stems = [stem for family in FAMILIES for stem in family.stems]
    assert len(stems) == len(set(stems))
    assert {each.name.partition("_")[0] for each in OPERATIONS} == set(stems)


@pytest.mark.parametrize("name", sorted(each.name for each in OPERATIONS))
def test_contract_tests_saw_an_operation_succeed(name: str) -> None:
    assert any(status < 300 for status in recorded().get(name, ())), "run: RETAILCTL_RECORD=1 pytest tests/contract"


def test_what_is_inferred_is_marked_where_it_is_done() -> None:
    lines = [line for file in Path(emulator.__file__).parent.rglob("*.py") for line in file.read_text().splitlines()]
    inferred = [line for line in lines if re.search(r"\binferred\b", line, re.IGNORECASE)]
    assert len(inferred) > 10
    assert [line for line in inferred if "[inf]" not in line] == []
