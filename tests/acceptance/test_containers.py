"""`make demo RUNNER=docker`: the whole flow in containers of images that it builds, and nothing of it left running."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import COMMAND, KEPT

DEMO = Path(__file__).with_name("demo.sh")
_IMAGES_S = 1200
"""Training's packages take minutes to install, the first time."""


@pytest.fixture
def engine() -> Any:
    """A client of the Docker engine."""
    import docker
    import docker.errors

    try:
        client = docker.from_env()
    except docker.errors.DockerException as error:
        pytest.skip(f"no Docker engine: {error}")
    if not client.images.list("python:3.11-slim"):
        pytest.skip("the Docker engine does not have python:3.11-slim")
    return client


def _left(engine: Any, state: Path) -> list[str]:
    found = engine.containers.list(all=True, ignore_removed=True, filters={"label": f"io.retailctl.state={state}"})
    return [each.name for each in found]


def _unnamed(engine: Any) -> set[str]:
    """Images of the demo's that have lost their names."""
    titles = [f"org.opencontainers.image.title=retailctl-demo/{image}" for image in ("train", "infer")]
    return {each.id for title in titles for each in engine.images.list(filters={"dangling": True, "label": title})}


@pytest.mark.acceptance
@pytest.mark.timeout(_IMAGES_S)
def test_the_demo_runs_in_containers_and_leaves_none(engine: Any, tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    environ = {**kept, "PATH": f"{COMMAND.parent}:{os.environ['PATH']}", "RUNNER": "docker", "DAYS": "400"}
    volumes, unnamed = {each.id for each in engine.volumes.list()}, _unnamed(engine)
    ended = subprocess.run(["sh", str(DEMO)], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "runner          docker (engine" in ended.stdout
    rows = [line.split() for line in ended.stdout.splitlines() if line.startswith(("blue ", "green "))]
    assert {row[0] for row in rows if row[-1] == "docker"} == {"blue", "green"}
    assert "FORECAST" in ended.stdout.upper()
    assert not _left(engine, tmp_path / ".retailctl/demo")
    assert {each.id for each in engine.volumes.list()} <= volumes
    assert _unnamed(engine) <= unnamed
