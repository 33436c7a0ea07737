"""A candidate against the champion: real trainings, a week apart too, compared and registered as the verdict allows."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.acceptance.conftest import Shell

pytestmark = pytest.mark.acceptance

SMALL = ("--set", "iterations=10", "--set", "rows=4000", "--set", "min_samples_leaf=20")
START, DAYS, FUTURE = date(2023, 1, 1), 260, 28
"""First day of the sample, days that are known, and days after them."""
EXIT_CODES = {"promoted": 0, "rejected": 9, "inconclusive": 11}


@pytest.fixture(scope="module")
def jobs(shell: Shell) -> tuple[str, str]:
    """Two trainings on the same data; the second looks one window further back."""
    shell.run("data", "sample", "--out", "week", "--stores", "2", "--items", "3", "--days", str(DAYS + 7))
    as_of_the_week_before(shell.folder / "week", shell.folder / "data")
    data = ("--data", "data")
    first = shell.json("train", *data, *SMALL, "--set", "backtest_origins=3")
    second = shell.json("train", *data, *SMALL, "--set", "backtest_origins=4", "--set", "seed=1")
    return first["job"], second["job"]


def as_of_the_week_before(newer: Path, older: Path) -> None:
    """Write the sample as it was seven days ago: nothing is known of the sales since."""
    older.mkdir()
    end = START + timedelta(days=DAYS)
    for file in sorted(newer.iterdir()):
        table = pq.read_table(file)
        table = table.filter(pc.less(table["date"], pa.scalar(end + timedelta(days=FUTURE))))
        known = pc.less(table["date"], pa.scalar(end))
        sales = pc.if_else(known, table["sales"], pa.scalar(None, table.schema.field("sales").type))
        pq.write_table(table.set_column(table.schema.get_field_index("sales"), "sales", sales), older / file.name)


def correct(folder: Path, day: date) -> None:
    """Report one unit more of each item sold that day, as a late delivery note would."""
    for file in sorted(folder.iterdir()):
        table = pq.read_table(file)
        more = pc.if_else(pc.equal(table["date"], pa.scalar(day)), pc.add(table["sales"], 1), table["sales"])
        column = table.schema.get_field_index("sales")
        pq.write_table(table.set_column(column, "sales", more.cast(table.schema.field("sales").type)), file)


def compared(shell: Shell, candidate: str, champion: str) -> Any:
    """The comparison; its exit code must be the verdict's."""
    ended = shell.run("job", "compare", candidate, champion, "-o", "json", code=None)
    found = ended.json()["comparison"]
    assert ended.code == EXIT_CODES[found["verdict"]], ended.stderr
    return found


def test_two_trainings_are_compared_on_the_windows_of_both(shell: Shell, jobs: tuple[str, str]) -> None:
    found = compared(shell, jobs[1], jobs[0])
    assert (found["measure"], found["days"], found["test"]["windows"]) == ("wrmsse", 28, 3)
    assert [each["cause"] for each in found["left_out"]] == ["one-sided"]
    assert found["left_out"][0]["origin"] < found["windows"][0]["origin"]
    ratios = [each["candidate"]["wrmsse"] / each["champion"]["wrmsse"] for each in found["windows"]]
    assert found["test"]["difference"] == pytest.approx(math.prod(ratios) ** (1 / 3) - 1)
    assert {each["subject"] for each in found["guards"]} == {"all", "north_1", "south_1"}


def test_a_candidate_is_registered_as_its_verdict_allows(shell: Shell, jobs: tuple[str, str]) -> None:
    assert shell.json("register", "--job", jobs[0])["model"] == "retail-forecast:1"
    line = ("register", "--job", jobs[1], "--champion", "1")
    tried = shell.run(*line, "-o", "json", code=None)
    verdict = "promoted" if tried.code == 0 else tried.error()["details"]["verdict"]
    assert tried.code == EXIT_CODES[verdict]
    assert len(shell.json("model", "list")) == (2 if verdict == "promoted" else 1)

    assert shell.json(*line, "--force")["model"] == "retail-forecast:2"
    assert shell.run("job", "compare", "2", "live", "-o", "json", code=5).error()["code"] == "wrong-state"
    tags = shell.json("model", "show", "retail-forecast:2")["tags"]
    assert (tags["retailctl.champion"], tags["retailctl.verdict"]) == ("retail-forecast:1", verdict)
    assert compared(shell, "2", "retail-forecast:1")["verdict"] == verdict


def test_a_week_later_the_champion_s_windows_are_trained_and_compared(shell: Shell, jobs: tuple[str, str]) -> None:
    champion = jobs[1]
    fresh = shell.json("train", "--data", "week", *SMALL)["job"]
    apart = shell.run("job", "compare", fresh, champion, "-o", "json", code=11)
    assert apart.json()["comparison"]["windows"] == []
    ended = START + timedelta(days=DAYS - 1)
    assert f"over the champion's 4 windows to {ended}: retailctl train --champion {champion}" in apart.error()["hint"]

    correct(shell.folder / "week", ended)
    weekly = shell.json("train", "--data", "week", "--champion", champion, *SMALL)
    assert weekly["next"] == f"retailctl job compare {weekly['job']} {champion}"
    found = compared(shell, weekly["job"], champion)
    assert (found["measure"], found["test"]["windows"]) == ("wrmsse", 3)
    corrected = str(ended - timedelta(days=27))
    assert [(each["origin"], each["cause"]) for each in found["left_out"]] == [(corrected, "corrected")]
    assert any("different data" in note for note in found["notes"])


def test_a_champion_s_windows_are_not_given_up_silently(shell: Shell, jobs: tuple[str, str]) -> None:
    line = ("train", "--data", "week", "--champion", jobs[1], "-o", "json", "--dry-run")
    for setting in ("horizon=14", "backtest_origins=2", "backtest_end=2023-09-20"):
        refused = shell.run(*line, "--set", setting, code=6).error()
        assert setting in refused["message"]
    assert "--backtest_origins 4" in " ".join(Path(shell.json(*line)["file"]).read_text().split())
