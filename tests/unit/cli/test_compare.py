"""How a comparison looks, and how ``job compare`` ends: with its figures first, and a code of its own a verdict."""

from __future__ import annotations

import json
from typing import Any

import pytest

from retailctl.cli.context import Invocation
from retailctl.cli.runtime import Runtime
from retailctl.cli.views.comparison import compared
from retailctl.domain.comparison import decide
from retailctl.workflows.compare import CompareResult
from retailctl.workflows.contenders import Contender
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_views import row, text
from tests.unit.domain.comparison.backtests import HORIZON, document, method, origins, read, scored, sums, window
from tests.unit.workflows.test_compare import BETTER, SAME, WORSE


def result(candidate: Any, champion: Any) -> CompareResult:
    own, other = Contender("new", "new", None, None), Contender("m:1", "job-1", "m:1", None)
    return CompareResult(own, other, decide(read(candidate), read(champion)), "retailctl status")


def test_windows_stand_under_each_other_with_their_means() -> None:
    shown = text(compared(result(scored(*BETTER), scored(*WORSE))))
    assert row(shown, "verdict")[1] == "promoted:"
    assert row(shown, "difference")[1:4] == ["-14.21%", "in", "WRMSSE;"]
    assert row(shown, "95 % interval")[3:] == ["-16.94%", "to", "-11.38%"]
    assert row(shown, "p-value")[1:] == ["0.002,", "of", "3", "windows", "of", "28", "days"]
    assert row(shown, "2016-02-29") == (
        ["2016-02-29", "-14.29%", "0.6000", "0.7000", "0.3000", "0.3500", "+0.0000", "+0.0000"]
    )
    assert row(shown, "mean")[1:4] == ["-14.21%", "0.6033", "0.7033"]
    assert row(shown, "size of the bias")[4:] == ["0", "0", "0.03", "kept"]


def test_of_many_stores_those_that_break_the_rail_are_shown_or_the_closest() -> None:
    def stores(**errors: float) -> Any:
        parts = {name: sums(value, 1000.0) for name, value in errors.items()}
        return document([window(each, method([20.0] * HORIZON, wrmsse=0.7, stores=parts)) for each in origins(3)])

    champion = stores(A=400, B=400, C=400)
    kept = text(compared(result(stores(A=100, B=300, C=200), champion)))
    assert [line for line in kept.splitlines() if "WAPE of" in line] == [
        "WAPE of B               0.3       0.4   0.42  kept"
    ]
    broken = text(compared(result(stores(A=500, B=300, C=600), champion)))
    assert [line.split()[2] for line in broken.splitlines() if "WAPE of" in line] == ["A", "C"]


def test_what_was_left_out_says_why_and_no_figure_is_made_up() -> None:
    other = scored(*WORSE, first=["2016-02-01", "2016-02-29", "2016-03-28"], fingerprint="e" * 64)
    shown = text(compared(result(scored(*BETTER), other)))
    assert "inconclusive: 2 windows can be compared; at least 3 are needed" in shown
    assert row(shown, "2016-04-25")[1:] == ["only", "the", "candidate's", "backtest", "has", "it"]
    assert "Note: the models were trained on different data" in shown
    nothing = text(compared(result(scored(*BETTER), scored(*WORSE, first=["2015-01-01", "2015-02-01", "2015-03-01"]))))
    assert "no windows can be compared" in nothing
    assert "ORIGIN" not in nothing


def test_without_a_wrmsse_its_columns_are_left_out() -> None:
    own = scored(*BETTER)
    own["windows"][0]["methods"]["model"]["wrmsse"] = None
    shown = text(compared(result(own, scored(*WORSE))))
    assert "WAPE" in row(shown, "ORIGIN")
    assert "WRMSSE" not in row(shown, "ORIGIN")


def answering(found: CompareResult) -> type[Runtime]:
    """A runtime whose workflow has this result."""

    class Answering(Invocation):
        def run(self, workflow: Any, /, *request: Any, **options: Any) -> Any:
            return found

    class WithResult(Runtime):
        def invocation(self, drawing: Any, flags: Any) -> Invocation:
            return Answering(self, drawing, flags)

    return WithResult


@pytest.mark.parametrize(
    ("candidate", "code", "error"),
    [(BETTER, 0, None), ((0.80, 0.83, 0.80), 9, "candidate-rejected"), (SAME, 11, "inconclusive")],
)
def test_each_verdict_has_an_exit_code_and_its_figures_on_stdout(
    run: Run, candidate: tuple[float, ...], code: int, error: str | None
) -> None:
    kind = answering(result(scored(*candidate), scored(*WORSE)))
    ended = run("job", "compare", "new", "m:1", "-o", "json", kind=kind)
    assert ended.code == code
    assert len(json.loads(ended.stdout)["comparison"]["windows"]) == 3
    assert (json.loads(ended.stderr)["code"] if ended.stderr else None) == error
    named = run("job", "compare", "new", "m:1", "-o", "name", kind=kind)
    assert named.stdout.strip() in ("promoted", "rejected", "inconclusive")
