"""A request that the model can answer, left beside it, so that a new slot can be tried without knowing its series."""

from __future__ import annotations

import json

import numpy as np

from training.panel import Panel

FILE_NAME = "sample_request.json"
RECENT_DAYS = 28


def sample_request(panel: Panel) -> str:
    """Serving's JSON for the series that sold most in the last ``RECENT_DAYS`` days, whose forecast says something."""
    recent = panel.sales[:, max(0, panel.origin - RECENT_DAYS) : panel.origin]
    busiest = int(np.argmax(np.nansum(recent, axis=1)))
    entry = {"store_id": panel.store_ids[busiest], "item_id": panel.item_ids[busiest]}
    return json.dumps({"series": [entry]}, separators=(",", ":"), ensure_ascii=False)
