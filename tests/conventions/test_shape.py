"""The shape of the house: small files with one stated reason, short functions, only the agreed top level."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from statistics import median

import pytest

from tests.conventions.sources import CHECKOUT, functions, length, product_modules, tracked

FOLDERS = {"retailctl", "templates", "serving", "training", "tests", ".ci"}
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_TEST = 400, 60, 60
MEDIAN_FILE, MEDIAN_FUNCTION = 120, 9


def relative(file: Path) -> str:
    return str(file.relative_to(CHECKOUT))


def test_the_top_level_is_the_agreed_one() -> None:
    folders = {file.relative_to(CHECKOUT).parts[0] for file in tracked() if file.parent != CHECKOUT}
    assert folders <= FOLDERS


@pytest.mark.parametrize("file", product_modules(), ids=relative)
def test_every_module_states_its_reason_and_stays_small(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "a module docstring says what the file is for"
    assert text.count("\n") <= LONGEST_FILE
    too_long = {node.name: length(node) for node in functions(file) if length(node) > LONGEST_FUNCTION}
    assert not too_long


def test_the_habit_is_small_files_and_short_functions() -> None:
    modules = product_modules()
    assert median(file.read_text(encoding="utf-8").count("\n") for file in modules) <= MEDIAN_FILE
    assert median(length(node) for file in modules for node in functions(file)) <= MEDIAN_FUNCTION


def test_tests_are_short_too() -> None:
    tests = [file for file in tracked(".py") if relative(file).startswith("tests/")]
    long = [
        f"{relative(file)} {node.name}" for file in tests for node in functions(file) if length(node) > LONGEST_TEST
    ]
    assert not long


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a path of somebody's machine", r"(?<![\w.])/(work|farm|root|home/\w+)/"),
        ("an unfinished thought", r"\b(TODO|FIXME|XXX)\b"),
    ],
)
def test_no_file_holds(what: str, pattern: str) -> None:
    here = Path(__file__)
    texts = tracked(".py", ".md", ".toml", ".sh", ".j2", ".yml", ".yaml", ".txt", ".in")
    held = [relative(file) for file in texts if file != here and re.search(pattern, file.read_text(encoding="utf-8"))]
    assert not held, what


def test_requirement_files_carry_hashes_and_no_address() -> None:
    files = [file for file in tracked(".txt") if file.name.startswith("requirements")]
    assert len(files) >= 5
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|https?://", text), relative(file)
