"""Each thing that a user can get wrong: one message, its exit code, the next command, and nothing left half done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import Shell, make_shell

pytestmark = pytest.mark.acceptance


@pytest.fixture
def fresh(tmp_path: Path) -> Shell:
    """A folder with nothing in it, and no server."""
    return make_shell(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["traffic", "blue=50", "green=40"], 6, "retailctl traffic blue=56 green=44"),
        (["traffic", "blue=60", "green=60"], 6, "retailctl traffic blue=50 green=50"),
        (["traffic", "blue"], 6, "slot=per cent"),
        (["traffic", "blue=0", "green=0"], 6, "--yes"),
        (["traffic", "blue=101"], 6, "0 to 100"),
        (["traffic"], 2, "Usage"),
        (["deploy", "--slot", "red"], 6, "blue and green"),
        (["deploy"], 2, "--slot"),
        (["deploy", "--slot", "blue", "--model", "retail-forecast@latest"], 6, "retailctl model list"),
        (["deploy", "--slot", "blue", "--model", "retail-forecast:1.2.0"], 6, "Azure ML numbers versions"),
        (["status", "--endpoint", "x"], 6, "3 to 32"),
        (["status", "--profile", "prod"], 3, "there is no profile 'prod'"),
        (["status", "--nonsense"], 2, "--nonsense"),
        (["statsu"], 2, "status"),
        (["train", "--data", "nowhere"], 6, "nowhere"),
        (["register", "--job", "no such job"], 6, "cannot name a job"),
        (["template", "render", "nothing"], 3, "retailctl template list"),
        (["template", "render", "deployment", "--set", "instance_count"], 6, "--set"),
        (["logs", "--slot", "blue", "--lines", "-1"], 2, "--lines"),
        (["job", "stream", "x", "--timeout", "90"], 6, "90s, 30m"),
    ],
)
def test_a_wrong_line_is_refused_before_anything_starts(
    fresh: Shell, arguments: list[str], code: int, says: str
) -> None:
    ended = fresh.run(*arguments, code=code)
    assert says in ended.stderr
    assert ended.stdout == ""
    assert not (fresh.state / "connection.json").exists()


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[profiles.local\n", "retailctl.toml: it is not TOML"),
        ("[profiles.local]\nendpoint_nmae = 'x'\n", "did you mean 'profiles.local.endpoint_name'"),
        ("[profiles.local]\ninstance_count = -1\n", "instance_count"),
    ],
)
def test_a_malformed_project_file_is_named(fresh: Shell, toml: str, says: str) -> None:
    (fresh.folder / "retailctl.toml").write_text(toml)
    ended = fresh.run("status", code=6)
    assert says in ended.stderr


def test_with_json_the_error_is_one_object(fresh: Shell) -> None:
    ended = fresh.run("traffic", "blue=50", "green=40", "-o", "json", code=6)
    error = ended.error()
    assert error["code"] == "invalid-input"
    assert error["hint"] == "retailctl traffic blue=56 green=44"
    assert ended.stdout == ""


def test_an_incomplete_azure_profile_says_what_is_missing(fresh: Shell) -> None:
    (fresh.folder / "retailctl.toml").write_text("[profiles.prod]\nworkspace_name = 'w'\n")
    ended = fresh.run("status", "--profile", "prod", code=6)
    assert "subscription_id" in ended.stderr
    assert "resource_group" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["job", "show", "never-was"], 3, "retailctl job list"),
        (["model", "show", "retail-forecast:99"], 3, "retailctl model list"),
        (["deploy", "--slot", "blue", "--model", "retail-forecast:99"], 3, "retailctl"),
        (["traffic", "blue=100"], 3, "retailctl"),
        (["rollback"], 3, "retailctl"),
        (["invoke"], 3, "retailctl"),
        (["logs", "--slot", "green"], 3, "retailctl"),
        (["register", "--job", "never-was"], 3, "retailctl job list"),
        (["register"], 3, "retailctl train"),
    ],
)
def test_what_is_not_there_is_said_with_the_command_that_makes_or_lists_it(
    shell: Shell, arguments: list[str], code: int, says: str
) -> None:
    ended = shell.run(*arguments, code=code)
    assert says in ended.stderr
    assert ended.stdout == ""


Lines = list[str]


def _with(sample: Path, to: Path, edit: Callable[[Lines], Lines]) -> Path:
    """The sample as CSV with its lines edited."""
    shutil.copytree(sample, to)
    file = next(to.glob("*.csv"))
    file.write_text("\n".join(edit(file.read_text().splitlines())) + "\n")
    return to


def _bad_date(lines: Lines) -> Lines:
    return [*lines[:5], lines[5].replace(lines[5].split(",")[2], "yesterday"), *lines[6:]]


@pytest.fixture(scope="module")
def csv_sample(shell: Shell) -> Path:
    folder = shell.folder / "csv"
    shell.run(
        "data", "sample", "--out", str(folder), "--stores", "1", "--items", "3", "--days", "120", "--format", "csv"
    )
    return folder


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda lines: [*lines, lines[1]], "duplicate"),
        (_bad_date, "yesterday"),
        (lambda lines: [lines[0].replace("sales", "saels"), *lines[1:]], "sales"),
        (lambda lines: lines[:1], "no rows"),
    ],
)
def test_data_that_breaks_the_contract_fails_the_job_by_name(
    shell: Shell, csv_sample: Path, tmp_path: Path, edit: Callable[[Lines], Lines], says: str
) -> None:
    folder = _with(csv_sample, tmp_path / "bad", edit)
    ended = shell.run("train", "--data", str(folder), code=9)
    assert says in ended.stderr
    assert "retailctl job" in ended.stderr


def test_an_empty_folder_is_refused_before_a_job_is_made(shell: Shell, tmp_path: Path) -> None:
    before = shell.json("job", "list")
    shell.run("train", "--data", str(tmp_path), code=6)
    assert shell.json("job", "list") == before


def test_a_deletion_off_a_terminal_wants_a_yes(shell: Shell) -> None:
    shell.run("local", "start")
    ended = shell.run("local", "reset", code=2)
    assert "--yes" in ended.stderr
    assert json.loads(shell.run("local", "status", "-o", "json").stdout)["running"]
