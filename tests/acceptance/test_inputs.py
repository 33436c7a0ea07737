"""What a slot was really asked, as `status --inputs` tells it: the same on a local and on an Azure profile."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from tests.acceptance.conftest import QUICK, Shell
from tests.acceptance.test_flow import log_in_with_entra

pytestmark = pytest.mark.acceptance

PATIENCE_S = 60.0


def inputs(shell: Shell) -> dict[str, Any] | None:
    (slot,) = shell.json("status", "--inputs")["slots"]
    found: dict[str, Any] | None = slot["inputs"]
    return found


def first(look: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    """What a look finds once there is something; fails when that takes too long."""
    deadline = monotonic() + PATIENCE_S
    while (found := look()) is None:
        assert monotonic() < deadline, "no summary came in time"
        sleep(0.2)
    return found


def far_from_training() -> str:
    """Forty series: ten that training knew, each with a price beyond all of its prices, and thirty it did not know."""
    known = [{"store_id": "north_1", "item_id": "GROCERY_001", "id": row} for row in range(10)]
    day = {"date": "2024-02-10", "price": 1e6}
    new = [{"store_id": "north_1", "item_id": f"NEW_{row}"} for row in range(30)]
    return json.dumps({"series": [*({**entry, "future": [day]} for entry in known), *new], "unknown": "fallback"})


def test_status_tells_how_far_requests_are_from_training(shell: Shell, sample: Path) -> None:
    shell.run("local", "start")
    shell.run("train", "--data", str(sample), *QUICK)
    shell.run("register")
    shell.run("deploy", "--slot", "blue", "--set", "environment_variables.SERVING_SUMMARY_SECONDS=0.1")
    shell.run("traffic", "blue=100")
    before = first(lambda: inputs(shell))["series"]  # the smoke test of deploy is a forecast as well

    shell.run("invoke", "--slot", "blue", "--data", far_from_training())
    after = first(lambda: found if (found := inputs(shell)) and found["series"] == before + 40 else None)

    assert after["unknown_share"] == pytest.approx(30 / after["series"])
    assert after["outside_values"]["price"] >= 10
    assert after["outside_shares"]["price"] > 0
    shown = shell.run("status", "--inputs").stdout
    assert "PRICE OUTSIDE" in shown
    assert "are unknown to its model" in shown
    assert "INPUTS" not in shell.run("status").stdout

    log_in_with_entra(shell)
    assert inputs(shell) == after
