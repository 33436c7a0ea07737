"""Figures of a backtest."""

from collections.abc import Mapping

from retailctl.cli.table import Cell, Table


def metrics(figures: Mapping[str, object]) -> Table:
    """Figures of a backtest, the baselines' beside the model's own."""
    suffixes = ("_seasonal_naive", "_mean28")
    measures = [name for name in figures if not name.endswith(suffixes)]
    baselines = [suffix for suffix in suffixes if any(name + suffix in figures for name in measures)]
    headings = ["MEASURE", "MODEL", *(suffix.strip("_").replace("_", " ").upper() for suffix in baselines)]
    rows = [
        [name, Cell(figure(figures[name]), "bold"), *(figure(figures.get(name + suffix)) for suffix in baselines)]
        for name in measures
    ]
    return Table(headings, rows, numbers=frozenset(headings[1:]))


def figure(value: object) -> str | None:
    """A figure with four digits that say something."""
    try:
        return None if value is None else f"{float(str(value)):.4g}"
    except ValueError:
        return str(value)
