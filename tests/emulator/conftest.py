"""A running workspace with small stand-ins for images, and a plain client in front of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from retailctl.emulator import LocalWorkspace
from tests.contract.conftest import RUNNERS
from tests.emulator import bodies
from tests.emulator.api import Api


@pytest.fixture(scope="module")
def workspace() -> Iterator[LocalWorkspace]:
    """A running workspace."""
    with LocalWorkspace(runners=RUNNERS) as running:
        yield running


@pytest.fixture(scope="module")
def api(workspace: LocalWorkspace) -> Api:
    """A client for it."""
    return Api.of(workspace)


@pytest.fixture(scope="module")
def infer(api: Api) -> str:
    """Id of an environment that can be served."""
    found: str = api.arm("PUT", "/environments/infer/versions/1", json=bodies.environment()).json()["id"]
    return found


@pytest.fixture(scope="module")
def train(api: Api) -> str:
    """Id of an environment that jobs run in."""
    body = bodies.environment(bodies.TRAIN_IMAGE)
    found: str = api.arm("PUT", "/environments/train/versions/1", json=body).json()["id"]
    return found
