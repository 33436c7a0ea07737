"""What a command line loads: the looks at a workspace, done for real, load no SDK; the root's help loads no command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.operated import Operated, operated

CHECKOUT = Path(__file__).resolve().parents[3]
HEAVY = (
    "azure.ai.ml",
    "mlflow",
    "lightgbm",
    "sklearn",
    "pandas",
    "numpy",
    "azure.identity",
    "rich",
    "pydantic",
    "jinja2",
    "docker",
)
LOOKS = ["status", "traffic blue=40 green=60", "logs --slot blue", "invoke --slot green", "endpoint show", "job list"]


PROGRAM = """
import sys
from retailctl.cli.app import main
try:
    main()
finally:
    print("loaded", *sys.modules, file=sys.stderr)
"""


def loaded(line: str, folder: Path, environ: dict[str, str] | None = None) -> list[str]:
    """The modules that a command line has loaded at its end, in a process of its own; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *line.split()],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stderr.rpartition("loaded ")[2].split()


def among(names: list[str], packages: tuple[str, ...]) -> list[str]:
    return [name for name in names if any(name == each or name.startswith(each + ".") for each in packages)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """A workspace with an endpoint and two slots that answer."""
    with pytest.MonkeyPatch.context() as patch, operated(tmp_path_factory.mktemp("project")) as place:
        patch.setenv("REQUESTS_CA_BUNDLE", str(place.server.ca_bundle))
        place.endpoint()
        version = place.model("one")
        for slot in ("blue", "green"):
            place.slot(slot, version)
        yield place


@pytest.mark.contract
@pytest.mark.parametrize("line", LOOKS)
def test_a_look_at_the_workspace_loads_nothing_heavy(place: Operated, line: str) -> None:
    names = loaded(line, place.folder, {"RETAILCTL_STATE": str(place.server.state), "RETAILCTL_PROFILE": "local"})
    assert "retailctl.azureml.workspace" in names, "it did look at the workspace"
    assert among(names, HEAVY) == []


def test_the_root_s_help_loads_no_command_and_no_workspace(tmp_path: Path) -> None:
    names = loaded("--help", tmp_path)
    ours = ("retailctl.cli.commands", "retailctl.workflows", "retailctl.azureml", "retailctl.config")
    assert among(names, (*ours, "azure", "pydantic", "yaml", "requests", "jinja2", "tomllib")) == []


def test_a_command_loads_no_other(tmp_path: Path) -> None:
    names = loaded("config path", tmp_path)
    commands = [name for name in names if name.startswith("retailctl.cli.commands.")]
    assert commands == ["retailctl.cli.commands.config"]
    assert among(names, ("azure", "retailctl.azureml", *HEAVY)) == []
