"""A real engine, a real registry that wants a password, and a project whose images are small."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from retailctl.errors import RetailctlError
from retailctl.images.engine import Engine, connect
from tests.images.registry import PASSWORD, USER, installed, running_registry
from tests.images.shop import BASE, MARK, ImageShop

SMALL = f"FROM {BASE}\nLABEL {MARK}=FOLDER\nCOPY serving/ serving/\nCOPY requirements.txt .\n"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine of this machine, with the base image; without them the tests are skipped."""
    try:
        found = connect()
    except RetailctlError as error:
        pytest.skip(error.message)
    if found.image(BASE) is None:
        pytest.skip(f"the Docker engine has no {BASE}")
    yield found
    found.close()


@pytest.fixture(scope="session")
def registry_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that wants USER and PASSWORD; without one installed the tests are skipped."""
    if not installed():
        pytest.skip("there is no docker-registry to start")
    with running_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clean checkout with a little serving code and Dockerfiles that take a second to build."""
    root = tmp_path / "project"
    for name in ("serving", "training/features", "training/artifact", "templates"):
        (root / name).mkdir(parents=True)
        (root / name / "__init__.py").write_text(f"# {name}\n")
    for name in ("training/__init__.py", "training/train.py", "serving/app.py"):
        (root / name).write_text(f"# {name} {tmp_path}\n")
    for name in ("training", "serving"):
        (root / name / "requirements.txt").write_text("# nothing\n")
    (root / "templates" / "infer.Dockerfile.j2").write_text(SMALL.replace("FOLDER", root.parent.name))
    (root / "templates" / "train.Dockerfile.j2").write_text("FROM python:3.11-slim\nCOPY requirements.txt .\n")
    (root / ".gitignore").write_text(".retailctl/\n")
    commit(root, "one")
    return root


def commit(root: Path, message: str) -> None:
    """Commit everything."""
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    for line in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", message]):
        subprocess.run(["git", *who, *line], cwd=root, check=True, capture_output=True)


@pytest.fixture
def logged_in(registry_host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The registry's host, with its password where ``docker login`` puts it."""
    log_in(registry_host, tmp_path, monkeypatch)
    return registry_host


def log_in(host: str, folder: Path, monkeypatch: pytest.MonkeyPatch, password: str = PASSWORD) -> None:
    """Do what ``docker login`` does."""
    pair = base64.b64encode(f"{USER}:{password}".encode()).decode()
    (folder / "docker").mkdir(exist_ok=True)
    (folder / "docker" / "config.json").write_text(json.dumps({"auths": {host: {"auth": pair}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder / "docker"))


@pytest.fixture
def shop(engine: Engine, logged_in: str, project: Path) -> Iterator[ImageShop]:
    """Everything that builds and pushes; what it leaves in the engine is removed, and has to be all that there is."""
    made = ImageShop(project, engine, registry=logged_in)
    yield made
    made.clear()
