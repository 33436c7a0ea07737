"""Help of every command: a summary, examples that are lines of that command, and a word on every option."""

from __future__ import annotations

import ast
import inspect
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from retailctl.cli.app import app
from retailctl.cli.catalog import ENTRIES
from retailctl.cli.reference import leaves

COMMANDS = dict(leaves())
MODULES = sorted({entry.module for entry in ENTRIES})
MOST_STATEMENTS = 20


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_has_a_summary_and_examples_of_itself(line: str) -> None:
    text = COMMANDS[line].help
    summary, _, rest = text.partition("\n\n")
    assert summary.endswith(".")
    examples = [each.strip() for each in rest.partition("Examples:\n")[2].splitlines()]
    assert 2 <= len(examples) <= 3, "two or three examples"
    for example in examples:
        words = shlex.split(example)
        assert words[: 1 + len(line.split())] == ["retailctl", *line.split()]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_option_and_argument_has_a_help_text(line: str) -> None:
    assert [each.name for each in COMMANDS[line].params if not each.help] == []


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_takes_an_output_form(line: str) -> None:
    assert any("-o" in each.opts for each in COMMANDS[line].params)


CHANGING = {"create", "delete", "archive", "restore", "cancel", "reset", "regenerate-keys"}
RELEASING = {"init", "build", "train", "register", "deploy", "traffic", "rollback", "release", "cleanup"}


@pytest.mark.parametrize("line", [line for line in COMMANDS if line in RELEASING or line.split()[-1] in CHANGING])
def test_every_command_that_changes_something_can_say_what_it_would_do(line: str) -> None:
    assert any("--dry-run" in each.opts for each in COMMANDS[line].params)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_root_s_help_says_what_the_command_s_own_says(entry: Any) -> None:
    command = typer.main.get_command(entry.load())
    assert (command.help or "").partition("\n\n")[0] == entry.summary


@pytest.mark.parametrize("line", COMMANDS)
@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_help_is_drawn(line: str, asked: str) -> None:
    ended = CliRunner().invoke(app, [*line.split(), asked])
    assert ended.exit_code == 0
    assert "Examples:" in ended.stdout
    assert "<str>" not in ended.stdout
    assert ended.stderr == ""


def test_the_root_s_help_names_every_command_but_synonyms() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    for entry in ENTRIES:
        assert (f"│ {entry.name} " in shown) is not entry.hidden


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
def test_a_synonym_of_list_is_hidden_and_there(name: str) -> None:
    command: Any = typer.main.get_command(next(each for each in ENTRIES if each.name == name).load())
    commands = getattr(command, "commands", {})
    assert ("list" in commands) == ("ls" in commands)
    assert not commands or "list" not in commands or commands["ls"].hidden


@pytest.mark.parametrize("module", MODULES)
def test_a_command_parses_calls_and_hands_over(module: str) -> None:
    source = inspect.getsourcefile(import_module(f"retailctl.cli.commands.{module}"))
    tree = ast.parse(Path(str(source)).read_text(encoding="utf-8"))
    bodies = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    assert bodies
    for body in bodies:
        statements = [node for node in ast.walk(body) if isinstance(node, ast.stmt)]
        assert len(statements) - 1 <= MOST_STATEMENTS, body.name
