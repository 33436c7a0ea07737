"""On real sales: a slice of M5, converted, released, and better than both baselines in its own backtest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import Shell

pytestmark = pytest.mark.acceptance

CHECKOUT = Path(__file__).resolve().parents[2]
TINY = CHECKOUT.parent / "shared" / "data" / "m5" / "tiny"


@pytest.mark.skipif(not TINY.is_dir(), reason="the M5 data is not beside the checkout")
def test_green_serves_a_forecast_that_beats_the_baselines(shell: Shell) -> None:
    data = shell.folder / "m5"
    convert = [sys.executable, "-m", "training.datasets.m5", "--source", str(TINY), "--out", str(data)]
    subprocess.run(convert, cwd=CHECKOUT, check=True, env=shell.environ)
    shell.run("release", "--data", str(data))
    shell.run("release", "--data", str(data), "--set", "seed=1")
    status = shell.json("status")
    assert {slot: share for slot, share in status["endpoint"]["traffic"].items() if share} == {"green": 100}
    model = shell.json("model", "show", next(slot["model"] for slot in status["slots"] if slot["name"] == "green"))
    figure = {name: float(value) for name, value in model["tags"].items() if name.startswith("retailctl.metric.")}
    for measure in ("retailctl.metric.wape", "retailctl.metric.rmsse"):
        assert figure[measure] < figure[f"{measure}_seasonal_naive"]
        assert figure[measure] < figure[f"{measure}_seasonal_naive"]
    answer = shell.json("invoke", "--slot", "green")["answer"]
    assert len(answer["forecasts"][0]["mean"]) == 28
