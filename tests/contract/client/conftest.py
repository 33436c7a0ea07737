"""Our client and a real local Azure ML, which these tests share; names keep them apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retailctl.azureml import Workspace
from retailctl.config.connection import Connection
from retailctl.domain.clock import SystemClock
from retailctl.emulator import LocalWorkspace
from tests.contract.client import files

HERE = str(Path(__file__).parent)
RUNNERS = {
    "runners": [
        {
            "image": "*/retail/infer*",
            "command": ["{python}", "container.py", "{port}"],
            "folder": HERE,
            "environment": {},
        },
        {"image": "*/retail/train*", "folder": HERE, "environment": {}},
    ]
}


@pytest.fixture(autouse=True, scope="session")
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[LocalWorkspace]:
    with LocalWorkspace(runners=RUNNERS) as running:
        yield running


@pytest.fixture(scope="session")
def connection(server: LocalWorkspace) -> Connection:
    return Connection.from_local(server.connection)


@pytest.fixture
def trace() -> list[str]:
    return []


@pytest.fixture
def workspace(connection: Connection, trace: list[str]) -> Iterator[Workspace]:
    opened = Workspace(connection, clock=SystemClock(), trace=trace.append)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that has the environment and the model which slots need."""
    folder = tmp_path_factory.mktemp("assets")
    opened = Workspace(connection, clock=SystemClock())
    opened.environments.create(files.environment(folder))
    opened.models.create(files.model(folder, files.ENDPOINT))
    return opened
