"""The request left beside a model names one of its series, and fits into a tag."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from tests.training.panels import make_panel
from training.sample_request import RECENT_DAYS, sample_request


def test_it_asks_for_the_series_that_sold_most_lately() -> None:
    panel = make_panel()
    sales = np.zeros_like(panel.sales)
    sales[2, : panel.origin - RECENT_DAYS] = 1000
    sales[5, panel.origin - 1] = 3
    sales[:, panel.origin :] = np.nan
    asked = json.loads(sample_request(replace(panel, sales=sales)))
    assert asked == {"series": [{"store_id": panel.store_ids[5], "item_id": panel.item_ids[5]}]}


def test_it_is_compact_enough_for_a_tag() -> None:
    assert len(sample_request(make_panel())) <= 250
