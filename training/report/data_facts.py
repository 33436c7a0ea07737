"""What the report says about the data: its size, its days and the columns that it has."""

from __future__ import annotations

import numpy as np

from training.panel import STATICS, Panel
from training.report.words import percent


def data_facts(panel: Panel) -> list[tuple[str, str]]:
    """(name, text) of each fact."""
    given = {"price": panel.price is not None, "promo": panel.promo is not None, "event_name": bool(panel.event_names)}
    statics = [name for name in STATICS if any(panel.statics.get(name, ()))]
    columns = [*(name for name, there in given.items() if there), *sorted(panel.known), *statics]
    return [
        ("Fingerprint", panel.fingerprint),
        ("Series", f"{panel.n_series:,}"),
        ("Stores, items", f"{len(panel.stores):,}, {len(set(panel.item_ids)):,}"),
        ("Days of sales", f"{panel.origin:,}"),
        ("First and last day", f"{panel.dates[0]}, {panel.origin_date - 1}"),
        ("Known future", _future(panel)),
        ("Days without a sale", percent(_idle(panel))),
        ("Columns given", ", ".join(columns) or "none but sales"),
    ]


def _future(panel: Panel) -> str:
    days = panel.n_days - panel.origin
    return f"{days:,} days, to {panel.dates[-1]}" if days else "none"


def _idle(panel: Panel) -> float:
    """Share of the days of the series' lives on which nothing was sold; NaN without any."""
    days = np.count_nonzero(panel.on_sale[:, : panel.origin])
    sold = np.count_nonzero(panel.sales[:, : panel.origin] > 0)
    return 1 - sold / days if days else float("nan")
