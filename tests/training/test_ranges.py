"""The ranges that a model notes of its training data, and models from before they were noted."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.training.conftest import Job
from tests.training.panels import make_panel
from training.artifact import load
from training.ranges import value_ranges


def test_ranges_are_of_the_days_before_the_origin() -> None:
    panel = make_panel()
    assert panel.price is not None
    panel.price[0, panel.origin] = 1e6  # a known future price is not what training saw
    panel.price[0, panel.origin - 1] = 99.5
    panel.sales[2, 7] = 500
    ranges = value_ranges(panel)

    assert ranges["price"] == (float(np.nanmin(panel.price[:, : panel.origin])), 99.5)
    assert ranges["sales"] == (0.0, 500.0)
    assert set(ranges) == {"sales", "price", *panel.known}


def test_columns_without_a_value_have_no_range() -> None:
    panel = make_panel()
    name = next(iter(panel.known))
    panel.known[name][:, : panel.origin] = np.nan
    assert name not in value_ranges(panel)
    assert "price" not in value_ranges(replace(panel, price=None))


def test_an_artifact_holds_its_ranges(job: Job) -> None:
    ranges = load(job.out_dir / "artifact").manifest.ranges
    assert all(lowest <= highest for lowest, highest in ranges.values())
    assert {"sales", "price"} <= set(ranges)


def test_an_artifact_from_before_ranges_is_opened_and_keeps_its_digest(job: Job, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(job.out_dir / "artifact", tmp_path / "artifact"))
    file = folder / "manifest.json"
    old = json.loads(file.read_text())
    del old["ranges"], old["digest"]
    digest = hashlib.sha256(json.dumps(old, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    file.write_text(json.dumps({**old, "digest": digest}))

    manifest = load(folder).manifest
    assert manifest.ranges == {}
    assert manifest.digest == digest
