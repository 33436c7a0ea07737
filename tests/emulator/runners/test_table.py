"""Which image runs as what."""

import json
from pathlib import Path
from typing import Any

import pytest

from retailctl.emulator.runners.table import RunnerTable, RunnerTableError

ROWS: dict[str, Any] = {
    "runners": [
        {
            "image": "*/retail/infer*",
            "command": ["{python}", "-m", "serving"],
            "folder": "/srv",
            "environment": {"A": "b"},
        },
        {"image": "*/retail/train*", "folder": "/srv"},
        {"image": "*/exact:1", "folder": "/srv"},
    ]
}


@pytest.mark.parametrize(
    "image",
    [
        "acme.azurecr.io/retail/infer",
        "acme.azurecr.io/retail/infer:1.2",
        "localhost:5000/retail/infer:1.2",
        "acme.azurecr.io/retail/infer@sha256:" + "0" * 64,
        "acme.azurecr.io/retail/infer:1.2@sha256:" + "0" * 64,
        "retail/infer:abc",
    ],
)
def test_an_image_matches_whatever_its_registry_tag_or_digest(image: str) -> None:
    entry = RunnerTable.parse(ROWS).match(image)
    assert entry is not None
    assert entry.command == ("{python}", "-m", "serving")
    assert entry.environment == {"A": "b"}


def test_a_job_image_brings_no_command() -> None:
    entry = RunnerTable.parse(ROWS).match("x.io/retail/train:7")
    assert entry is not None
    assert entry.command is None


@pytest.mark.parametrize("image", ["acme.azurecr.io/other/infer:1", "infer", "acme.io/exact:2", ""])
def test_an_image_of_no_row_has_no_runner(image: str) -> None:
    assert RunnerTable.parse(ROWS).match(image) is None


def test_the_table_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "runners.json"
    file.write_text(json.dumps(ROWS))
    assert RunnerTable.load(file) == RunnerTable.parse(ROWS)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "runners.json"
    file.write_text("{")
    with pytest.raises(RunnerTableError, match=r"runners\.json"):
        RunnerTable.load(file)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"folder": "/srv"}, "image"),
        ({"image": "*", "folder": "relative"}, "folder"),
        ({"image": "*", "folder": "/srv", "command": "python"}, "command"),
        ({"image": "*", "folder": "/srv", "environment": {"A": 1}}, "environment"),
        ("text", "image"),
    ],
)
def test_a_bad_row_is_refused_by_the_name_of_its_field(row: object, field: str) -> None:
    with pytest.raises(RunnerTableError, match=rf"runners\[0\].*{field}"):
        RunnerTable.parse({"runners": [row]})


def test_anything_but_a_table_is_refused() -> None:
    with pytest.raises(RunnerTableError):
        RunnerTable.parse([])
