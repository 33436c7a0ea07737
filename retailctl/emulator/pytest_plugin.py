"""Fixtures for any pytest suite, there once retailctl is installed: local workspaces that are gone after the test.

    local_workspace     one a test; `@pytest.mark.local_workspace(chaos=...)` hands options to LocalWorkspace
    azureml_workspace   one for the whole session
    local_runners       what stands for images, in both; override it in a conftest.py

With pytest-xdist every process has workspaces of its own. Loading this costs pytest nothing: the server's parts are
imported by the first test that asks for a workspace.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from retailctl.emulator.workspace import LocalWorkspace

_MARK = "local_workspace"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", f"{_MARK}(**options): options of LocalWorkspace for the fixture {_MARK}")


@pytest.fixture(scope="session")
def local_runners() -> Path | dict[str, Any] | None:
    """What stands for images: a runner table, or the file of one; nothing stands for any unless it is overridden."""
    return None


@pytest.fixture
def local_workspace(
    request: pytest.FixtureRequest, local_runners: Path | dict[str, Any] | None
) -> Iterator[LocalWorkspace]:
    """A local Azure ML of the test's own, empty, on a free port."""
    mark = request.node.get_closest_marker(_MARK)
    with _make(**{"runners": local_runners, **(mark.kwargs if mark else {})}) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def azureml_workspace(local_runners: Path | dict[str, Any] | None) -> Iterator[LocalWorkspace]:
    """A local Azure ML for the whole session."""
    with _make(runners=local_runners) as workspace:
        yield workspace


def _make(**options: Any) -> LocalWorkspace:
    try:
        from retailctl.emulator.workspace import LocalWorkspace
    except ImportError as error:
        pytest.fail(f'The local Azure ML needs more packages: pip install "retailctl[local]" ({error})', pytrace=False)
    return LocalWorkspace(**options)
