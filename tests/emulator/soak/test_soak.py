"""All that a team does, twice: what the server holds at rest is the same after as before, and no caller noticed.

`tests/benchmarks/local_soak.py` does the same for as long as it is told, and looks at memory as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.local_soak import Round, Soak
from tests.benchmarks.local_soak_rest import left_over
from tests.benchmarks.local_soak_world import World

RATE = 30


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A server as a process of its own, and an endpoint with two slots."""
    running = World(tmp_path)
    yield running
    running.close()


def test_the_server_at_rest_is_what_it_was_and_no_scoring_request_fails(world: World) -> None:
    soak = Soak()
    round_ = Round(world, soak, seed=1, rate=RATE)
    round_.begin()
    before = round_.rest()
    round_.run(0, each_once=True)
    after = round_.rest(before)
    assert not soak.failures, "\n".join(soak.failures)
    assert not [*left_over(before, after)]
    assert soak.statuses[200] > 100
