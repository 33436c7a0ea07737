"""A workspace in memory with the two slots of a release, for the tests of workflows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.workflows.fakes import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """An empty workspace."""
    return Shop(tmp_path)


@pytest.fixture
def live(shop: Shop) -> Shop:
    """Blue takes everything, green is ready and takes nothing."""
    shop.world.add_endpoint(traffic={"blue": 100})
    shop.world.add_slot("blue")
    shop.world.add_slot("green", model="retail-forecast:2")
    return shop
