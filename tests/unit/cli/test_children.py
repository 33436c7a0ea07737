"""Programs of the project as children: their words, and what their exit codes become."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from retailctl.cli import children, local
from retailctl.cli.context import Invocation
from retailctl.cli.options import OutputFlags
from retailctl.cli.runtime import Runtime
from retailctl.errors import InvalidData, WorkFailed


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invocation:
    """A project with a program of its own."""
    monkeypatch.setattr(local, "EXTRA", ())
    for part in ("training", "serving"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "__init__.py").touch()
    (tmp_path / "training" / "train.py").touch()
    return Invocation(Runtime(environ={"PATH": "/usr/bin"}, cwd=tmp_path), OutputFlags(), {})


def write(cli: Invocation, program: str) -> None:
    (cli.project.root / "training" / "program.py").write_text(program)


def test_it_runs_the_project_s_own_code_and_returns_what_it_says(cli: Invocation) -> None:
    write(cli, "import os, sys, training\nprint(training.__file__, sys.argv[1:], os.environ['OMP_NUM_THREADS'])")
    said = children.run_module(cli, "training.program", "--seed", "7", hint="")
    assert said == f"{cli.project.root}/training/__init__.py ['--seed', '7'] 1"


def test_wrong_arguments_are_a_usage_error_without_argparse_s_prefix(cli: Invocation) -> None:
    write(cli, "import argparse\nargparse.ArgumentParser().parse_args()")
    with pytest.raises(typer.BadParameter, match=r"^unrecognized arguments: --nope$"):
        children.run_module(cli, "training.program", "--nope", hint="")


@pytest.mark.parametrize(("code", "kind"), [(6, InvalidData), (1, WorkFailed)])
def test_its_last_line_is_the_message(cli: Invocation, code: int, kind: type[WorkFailed]) -> None:
    write(cli, f"import sys\nprint('first', file=sys.stderr)\nprint('out of luck', file=sys.stderr)\nsys.exit({code})")
    with pytest.raises(kind) as failed:
        children.run_module(cli, "training.program", hint="the same line with --out DIR")
    assert (failed.value.message, failed.value.hint) == ("out of luck", "the same line with --out DIR")
