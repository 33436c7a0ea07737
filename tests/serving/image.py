"""The inference image as the tests run it: built by the product from this checkout, once; shared by all test processes
and removed by the last of them. The named stages of a build stay, as after any `retailctl build`: the next is quick."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from retailctl.errors import RetailctlError
from retailctl.images.context import BuildContext, build_context
from retailctl.images.engine import BuildOptions, Engine, connect
from retailctl.images.labels import TITLE
from retailctl.rendering.catalogue import find
from retailctl.rendering.engine import render
from tests.serving.process import CHECKOUT

PYTHON = "3.11"
BASE = f"python:{PYTHON}-slim"
REPOSITORY = "retailctl-tests/infer"
LABEL = "io.retailctl.tests.serving"
"""On every container of these tests; its value is the process that started it."""


@contextmanager
def inference_image() -> Iterator[str]:
    """The tag of the image, which is there until the last test process leaves this context.

    The test is skipped where no engine answers, or where it lacks the base image.
    """
    engine = _engine()
    context = _context()
    tag = context.digest.removeprefix("sha256:")[:12]
    with _lock("use") as use, _lock("build") as building:
        fcntl.flock(building, fcntl.LOCK_EX)
        _remove_leftovers(engine)
        if not engine.image(f"{REPOSITORY}:{tag}"):
            engine.tag(engine.build(context, BuildOptions(labels={TITLE: REPOSITORY})), REPOSITORY, tag)
        fcntl.flock(use, fcntl.LOCK_SH)
        fcntl.flock(building, fcntl.LOCK_UN)
        try:
            yield f"{REPOSITORY}:{tag}"
        finally:
            fcntl.flock(building, fcntl.LOCK_EX)
            if _alone(use):
                _remove_images(engine)
            engine.close()


def _engine() -> Engine:
    try:
        engine = connect()
    except RetailctlError as error:
        pytest.skip(str(error))
    if not engine.image(BASE):
        engine.close()
        pytest.skip(f"the Docker engine has no image {BASE}")
    return engine


def _context() -> BuildContext:
    """What `retailctl build infer` builds."""
    template = find("infer.Dockerfile", [CHECKOUT / "templates"])
    return build_context(
        "infer", CHECKOUT, render(template, {"python_version": PYTHON, "infer_repository": REPOSITORY})
    )


def _remove_leftovers(engine: Engine) -> None:
    """Containers of test processes that were killed before they could clean up."""
    for container in engine.api.containers(all=True, filters={"label": LABEL}):
        if not Path(f"/proc/{container['Labels'][LABEL]}").exists():
            engine.api.remove_container(container["Id"], force=True)


def _remove_images(engine: Engine) -> None:
    """This checkout's and any that a killed test process left, named or not."""
    for image in engine.api.images(filters={"label": f"{TITLE}={REPOSITORY}"}):
        engine.api.remove_image(image["Id"], force=True)


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
