"""The fixtures that the package ships, in pytest sessions of their own."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = "retailctl.emulator.pytest_plugin"
Session = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Runs pytest with the plugin on the text of a test file; its temporary files are in `tmp`."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
        (tmp_path / "test_it.py").write_text(text)
        plugin = [] if _installed() else ["-p", PLUGIN]
        line = [sys.executable, "-P", "-m", "pytest", "-q", *plugin, *arguments]
        return subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    return run


def _installed() -> bool:
    from importlib.metadata import entry_points

    return any(each.value == PLUGIN for each in entry_points(group="pytest11"))


def test_the_package_declares_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"retailctl": PLUGIN}


def test_each_test_gets_a_workspace_of_its_own_and_the_session_one_for_all(session: Session, tmp_path: Path) -> None:
    done = session("""
import pytest
seen, shared = [], []

@pytest.mark.parametrize("n", [1, 2])
def test_own(local_workspace, azureml_workspace, n):
    seen.append(local_workspace.url)
    shared.append(azureml_workspace.url)
    assert len(set(seen)) == n and len(set(shared)) == 1

@pytest.mark.local_workspace(pace="manual")
def test_options(local_workspace):
    import json, ssl, urllib.request
    request = urllib.request.Request(local_workspace.url + "/_local/pace")
    request.add_header("Authorization", "Bearer " + local_workspace.token)
    trust = ssl.create_default_context(cafile=str(local_workspace.ca_bundle))
    assert json.load(urllib.request.urlopen(request, context=trust))["pace"] == "manual"
""")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list((tmp_path / "tmp").glob("retailctl-*"))


def test_the_processes_of_xdist_do_not_meet(session: Session, tmp_path: Path) -> None:
    text = """
import pytest

@pytest.mark.parametrize("n", range(4))
def test_own(local_workspace, azureml_workspace, n):
    assert local_workspace.url != azureml_workspace.url
"""
    done = session(text, "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list((tmp_path / "tmp").glob("retailctl-*"))


def test_a_session_that_wants_no_workspace_loads_nothing_of_it(session: Session) -> None:
    done = session("""
import sys

def test_light():
    heavy = {"uvicorn", "starlette", "pydantic", "cryptography", "retailctl.emulator.server"}
    assert not heavy & set(sys.modules)
""")
    assert done.returncode == 0, done.stdout


def test_without_the_extra_the_test_that_asks_is_told_and_no_other(session: Session) -> None:
    done = session("""
import sys
sys.modules["uvicorn"] = None

def test_other():
    pass

def test_asks(local_workspace):
    pass
""")
    assert "1 passed, 1 error" in done.stdout
    assert 'pip install "retailctl[local]"' in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.contract
def test_the_example_of_the_readme_passes(session: Session) -> None:
    readme = (ROOT / "retailctl" / "emulator" / "README.md").read_text()
    section = readme.partition("## In tests")[2]
    example = section.partition("```python\n")[2].partition("```")[0]
    done = session(example)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
