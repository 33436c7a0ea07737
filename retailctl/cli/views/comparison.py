"""The comparison of two models: the verdict, the figures window by window, the guard rails."""

from collections.abc import Iterator, Sequence

from retailctl.cli.table import Block, Cell, Fields, Table
from retailctl.cli.views.figures import figure
from retailctl.domain.comparison import Comparison
from retailctl.domain.comparison.guards import BIAS, Guard
from retailctl.domain.comparison.pairing import Scores
from retailctl.workflows.compare import CompareResult

_LEAST_P = 0.001


def compared(result: CompareResult) -> Iterator[Block]:
    """Who, the verdict and its test; then a row a window, the rails, and what was left out."""
    found = result.comparison
    yield Fields(
        [
            ("verdict", Cell(f"{found.verdict}: {found.reason}", verdict_style(found.verdict))),
            ("candidate", result.candidate.name),
            ("champion", result.champion.name),
            *_test(found),
        ]
    )
    if found.windows:
        yield from ("", _windows(found))
    if found.guards:
        yield from ("", _guards(found.guards))
    if found.left_out:
        rows = [(each.origin, each.why) for each in found.left_out]
        yield from ("", Table(("NOT COMPARED", "BECAUSE"), rows, prose=True))
    if found.notes:
        yield from ("", *(f"Note: {note}." for note in found.notes))


def verdict_style(verdict: str) -> str:
    """The colour of a verdict."""
    return {"promoted": "green", "rejected": "red"}.get(verdict, "yellow")


def _test(found: Comparison) -> Iterator[tuple[str, object]]:
    if found.test is None:
        return
    test = found.test
    yield "difference", f"{test.difference:+.2%} in {found.measure.upper()}; below zero, the candidate is better"
    yield f"{found.confidence * 100:.4g} % interval", f"{test.low:+.2%} to {test.high:+.2%}"
    p_value = f"{test.p_value:.3f}" if test.p_value >= _LEAST_P else f"below {_LEAST_P}"
    yield "p-value", f"{p_value}, of {test.windows} windows of {found.days} days"


def _windows(found: Comparison) -> Table:
    other = "wape" if found.measure == "wrmsse" else "wrmsse"
    measures = [found.measure, *([other] if getattr(found.candidate, other) is not None else []), "bias"]
    headings = [f"{side} {measure.upper()}" for measure in measures for side in ("CANDIDATE", "CHAMPION")]
    rows = [
        (each.origin, f"{each.difference:+.2%}", *_row(each.candidate, each.champion, measures))
        for each in found.windows
    ]
    means = [Cell(text, "bold") for text in _row(found.candidate, found.champion, measures)]
    typical = f"{found.test.difference:+.2%}" if found.test else None
    rows.append(("mean", Cell(typical, "bold"), *means))
    numbers = frozenset(("DIFFERENCE", *headings))
    return Table(("ORIGIN", "DIFFERENCE", *headings), rows, numbers=numbers, spare=tuple(reversed(headings[2:])))


def _row(own: Scores, other: Scores, measures: Sequence[str]) -> list[str]:
    shape = {"bias": "{:+.4f}"}
    values = [(measure, getattr(side, measure)) for measure in measures for side in (own, other)]
    return ["-" if value is None else shape.get(measure, "{:.4f}").format(value) for measure, value in values]


def _guards(guards: Sequence[Guard]) -> Table:
    """Of the stores only those that break the rail, or else the one that comes closest to it."""
    stores = [guard for guard in guards if guard.guard != BIAS]
    broken = [guard for guard in stores if not guard.passed]
    closest = sorted(stores, key=lambda guard: guard.candidate - guard.limit)[-1:]
    rows = [
        (
            "size of the bias" if guard.guard == BIAS else f"WAPE of {guard.subject}",
            *map(figure, (guard.candidate, guard.champion, guard.limit)),
            Cell("kept", "green") if guard.passed else Cell("broken", "red"),
        )
        for guard in [*(guard for guard in guards if guard.guard == BIAS), *(broken or closest)]
    ]
    numbers = frozenset(("CANDIDATE", "CHAMPION", "LIMIT"))
    return Table(("GUARD RAIL", "CANDIDATE", "CHAMPION", "LIMIT", "IS"), rows, numbers=numbers)
