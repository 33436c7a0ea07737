"""Every message that any test's local Azure ML exchanges is held against the published descriptions.

Servers in a test's own process and those that it starts as processes alike. Nothing is watched where the descriptions
are not there, or in runs in which no test knows the local Azure ML.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partialmethod
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.watch import Watch

_SEEN = pytest.StashKey[Counter[tuple[str, int]]]()


@pytest.fixture(scope="session", autouse=True)
def watch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch | None]:
    """What watches; None where nothing does."""
    if "retailctl.emulator.workspace" not in sys.modules and not _starts_servers(request.session):
        yield None
        return
    from retailctl.emulator import LocalWorkspace
    from tests.contract import parity
    from tests.contract.conformance import FOLDER
    from tests.contract.exchanges import environment
    from tests.contract.watch import Watch

    if not FOLDER.is_dir():
        yield None
        return
    watch = Watch(tmp_path_factory.mktemp("exchanges"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalWorkspace, "__init__", partialmethod(LocalWorkspace.__init__, observer=watch.judge))
        for name, value in environment(watch.folder).items():
            patch.setenv(name, value, prepend=os.pathsep if name == "PYTHONPATH" else None)
        yield watch
    request.config.stash[_SEEN] = watch.judge.seen
    if os.environ.get("RETAILCTL_RECORD"):
        parity.record(watch.judge.seen)
    assert watch.new_violations() == []


def _starts_servers(session: pytest.Session) -> bool:
    return any(item.get_closest_marker("acceptance") for item in session.items)


@pytest.fixture(autouse=True)
def every_message_conforms(watch: Watch | None) -> Iterator[None]:
    """Fails the test when a message of its own, or of the fixtures made for it, does not conform."""
    yield
    if watch is not None:
        assert watch.new_violations() == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Shows which operations the run saw, with which answers."""
    counts = config.stash.get(_SEEN, Counter())
    if counts and config.get_verbosity() > 0:
        terminalreporter.section("operations of Microsoft.MachineLearningServices seen")
        for (name, status), count in sorted(counts.items()):
            terminalreporter.line(f"{name:50} {status} {count:6}")
