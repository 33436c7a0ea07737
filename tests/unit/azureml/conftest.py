"""The workspace of these tests: our client over a scripted transport."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from retailctl.azureml import Workspace
from retailctl.azureml.arm import ArmClient
from retailctl.azureml.quiet import import_sdk, quiet
from tests.unit.azureml.doubles import CONNECTION, KnownCredential, ScriptedTransport, SteppedClock


@pytest.fixture(autouse=True)
def cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def azure(clock: SteppedClock) -> Iterator[ScriptedTransport]:
    """The service's side; a test that leaves an answer unused has not tested what it says."""
    transport = ScriptedTransport(clock)
    yield transport
    assert transport.unused == 0


@pytest.fixture
def trace() -> list[str]:
    return []


@pytest.fixture
def workspace(azure: ScriptedTransport, clock: SteppedClock, trace: list[str]) -> Workspace:
    return Workspace(CONNECTION, clock=clock, trace=trace.append, transport=azure, credential=KnownCredential())


@pytest.fixture
def arm(azure: ScriptedTransport, clock: SteppedClock, trace: list[str]) -> ArmClient:
    return ArmClient(CONNECTION, clock=clock, trace=trace.append, transport=azure, credential=KnownCredential())


@pytest.fixture(scope="session")
def sdk() -> ModuleType:
    """azure.ai.ml itself, which takes two seconds to import."""
    with quiet(None):
        return import_sdk()
