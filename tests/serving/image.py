"""The inference image as the tests run it: built from this checkout once, shared by all test processes, removed by the
last of them."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import docker
import docker.errors
import pytest

from retailctl.images.context import BuildContext, build_context
from retailctl.rendering.catalogue import find
from retailctl.rendering.engine import render
from tests.serving.process import CHECKOUT

PYTHON = "3.11"
BASE = f"python:{PYTHON}-slim"
REPOSITORY = "retailctl-tests/infer"
LABEL = "retailctl.tests.serving"
"""On every container of these tests; its value is the process that started it."""


def engine() -> docker.DockerClient:
    """A client of the machine's Docker engine; the test is skipped where none answers or the base image is missing."""
    try:
        client = docker.from_env(timeout=120)
        client.ping()
        client.images.get(BASE)
    except docker.errors.ImageNotFound:
        pytest.skip(f"the Docker engine has no image {BASE}")
    except (docker.errors.DockerException, OSError) as error:
        pytest.skip(f"no Docker engine answers: {str(error)[:200]}")
    return client


@contextmanager
def inference_image(folder: Path) -> Iterator[str]:
    """The tag of the image, which is there until the last test process leaves this context."""
    client = engine()
    context = _context()
    tag = f"{REPOSITORY}:{context.digest.removeprefix('sha256:')[:12]}"
    with _lock("use") as use, _lock("build") as building:
        fcntl.flock(building, fcntl.LOCK_EX)
        _remove_leftovers(client)
        made = [] if client.images.list(tag) else _build(client, context, folder, tag)
        fcntl.flock(use, fcntl.LOCK_SH)
        fcntl.flock(building, fcntl.LOCK_UN)
        try:
            yield tag
        finally:
            _remove(client, made)
            fcntl.flock(building, fcntl.LOCK_EX)
            if _alone(use):
                _remove(client, [tag])


def _context() -> BuildContext:
    """What `retailctl build infer` builds."""
    template = find("infer.Dockerfile", [CHECKOUT / "templates"])
    return build_context(
        "infer", CHECKOUT, render(template, {"python_version": PYTHON, "infer_repository": REPOSITORY})
    )


def _build(client: docker.DockerClient, context: BuildContext, folder: Path, tag: str) -> list[str]:
    """Builds with the engine's own builder; returns the images of earlier stages that it left without a name."""
    before = {image.id for image in client.images.list(all=True)}
    context.write(folder)
    step = ""
    stages: list[str] = []
    for event in client.api.build(path=str(folder), tag=tag, rm=True, forcerm=True, decode=True):
        assert "error" not in event, event["error"]
        said = event.get("stream", "")
        if said.startswith("Step ") and " : FROM " in said and step:
            stages.append(step)
        step = found[1] if (found := re.match(r" ---> ([0-9a-f]{12})\s", said)) else step
    return [stage for stage in stages if not any(known.startswith(f"sha256:{stage}") for known in before)]


def _remove(client: docker.DockerClient, images: list[str]) -> None:
    for image in images:
        try:
            client.images.remove(image)
        except docker.errors.APIError:
            continue  # another build of this machine stands on it


def _remove_leftovers(client: docker.DockerClient) -> None:
    """Containers of test processes that were killed before they could clean up."""
    for container in client.containers.list(all=True, filters={"label": LABEL}):
        if not Path(f"/proc/{container.labels[LABEL]}").exists():
            container.remove(force=True)


@contextmanager
def _lock(name: str) -> Iterator[IO[Any]]:
    file = Path(tempfile.gettempdir()) / f"{REPOSITORY.replace('/', '-')}-{os.getuid()}.{name}.lock"
    with file.open("w") as lock:
        yield lock


def _alone(use: IO[Any]) -> bool:
    try:
        fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
