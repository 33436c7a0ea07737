"""How results look to people, and what of them depends on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from retailctl.cli.paint import Paint
from retailctl.cli.table import Block, draw
from retailctl.cli.views.cleanup import cleanup_outcomes, cleanup_plan
from retailctl.cli.views.figures import metrics
from retailctl.cli.views.forecast import AnswerView
from retailctl.cli.views.split import split_change
from retailctl.cli.views.status import status_picture
from retailctl.domain.history import Split
from retailctl.domain.traffic import Traffic
from retailctl.workflows.cleanup import Action, CleanupPlan, CleanupResult, Kept, Outcome
from retailctl.workflows.invoke import InvokeResult
from retailctl.workflows.invoke.latency import summarise
from retailctl.workflows.split import SplitChange
from retailctl.workflows.status import Advice, EndpointStatus, InputStatus, ModelStatus, SlotStatus, StatusResult

PLAIN = Paint(False)
NAME = "retail-forecast-endpoint"


def text(blocks: Iterable[Block]) -> str:
    return "\n".join(line for block in blocks for line in draw(block, PLAIN, None))


def row(shown: str, first: str) -> list[str]:
    """The words of the line that begins with ``first``."""
    return next(line.split() for line in shown.splitlines() if line.startswith(first))


def slot(name: str, traffic: int, **rest: object) -> SlotStatus:
    fields = {"mirror": 0, "idle": not traffic, "for_rollback": False, "model": "m:1", "image": None, "digest": None}
    return SlotStatus(
        name=name,
        state="Succeeded",
        instance_type="Standard_DS3_v2",
        instance_count=1,
        traffic=traffic,
        **{**fields, **rest},  # type: ignore[arg-type]
    )


def picture(*slots: SlotStatus) -> StatusResult:
    shares = Traffic({each.name: each.traffic for each in slots})
    endpoint = EndpointStatus(NAME, "Succeeded", "key", "http://x/score", shares, Traffic(), None, "blue=100 green=0")
    models = (ModelStatus("m", 1, datetime(2026, 1, 1, tzinfo=UTC), ("blue",), {"wape": "0.41234", "bias": "0.1"}),)
    advice = (Advice("green is idle", "retailctl cleanup"),)
    return StatusResult("local", "local", NAME, endpoint if slots else None, slots, (), models, advice, 900.0)


def test_status_shows_how_far_requests_are_from_training() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    asked = InputStatus(since, 1200, 5000, 0.012, 0.2, {"price": 0.03}, {"price": 70}, 9)
    shown = text(status_picture(picture(slot("blue", 90, inputs=asked), slot("green", 10, inputs_missing="no log"))))

    headings, figures = (
        row(shown.partition("INPUTS")[1] + shown.partition("INPUTS")[2], word) for word in ("INPUTS", "blue")
    )
    assert headings == ["INPUTS", "REQUESTS", "SINCE", "UNKNOWN", "NO", "PRICE", "PRICE", "OUTSIDE", "MODEL", "AGE"]
    assert [*figures[:2], *figures[-5:]] == ["blue", "1,200", "1.2%", "20.0%", "3.0%", "9", "d"]
    assert "green: no log" in shown


def test_status_shows_on_this_machine_what_runs_each_slot() -> None:
    digest = "sha256:" + "a" * 64
    here = text(status_picture(picture(slot("blue", 100, digest=digest, runner="docker"), slot("green", 0))))
    assert "RUNNER" in here
    assert row(here.partition("RUNNER")[2].lstrip(), "blue")[-1] == "docker"
    assert "RUNNER" not in text(status_picture(picture(slot("blue", 100, digest=digest))))


def test_status_shows_each_slot_with_its_share_and_figures() -> None:
    shown = text(
        status_picture(picture(slot("blue", 100, requests_per_minute=1234.5, error_rate=0.015), slot("green", 0)))
    )
    assert row(shown, "blue")[2:5] == ["100", "%", "█" * 10]
    assert "1,234" in shown
    assert "1.5%" in shown
    assert "MIRROR" not in shown
    assert row(shown, "rollback to")[2:] == ["blue=100", "green=0"]
    assert row(shown, "retailctl cleanup")[2:] == ["green", "is", "idle"]


def test_status_shows_a_mirror_where_there_is_one() -> None:
    shown = text(status_picture(picture(slot("blue", 100), slot("green", 0, mirror=10))))
    assert "MIRROR" in shown
    assert "10 %" in shown


def test_status_of_nothing_says_so_and_what_comes_next() -> None:
    shown = text(status_picture(picture()))
    assert f"{NAME} does not exist yet" in shown
    assert "retailctl cleanup" in shown


def test_status_shows_the_figures_that_matter_first() -> None:
    shown = text(status_picture(picture(slot("blue", 100))))
    assert row(shown, "MODEL") == ["MODEL", "CREATED", "SERVED", "BY", "WAPE"]
    assert "0.4123" in shown


def change(**rest: object) -> SplitChange:
    before, after = Split(Traffic({"blue": 100, "green": 0})), Split(Traffic({"blue": 90, "green": 10}))
    return SplitChange(NAME, before, after, **{"changed": True, **rest})  # type: ignore[arg-type]


def test_a_change_of_the_split_is_shown_slot_by_slot() -> None:
    shown = text(split_change(change(notes=("mirroring to green ends",))))
    assert row(shown, "blue")[1:6] == ["100", "%", "90", "%", "█" * 9]
    assert row(shown, "green")[1:6] == ["0", "%", "10", "%", "█"]
    assert "mirroring to green ends" in shown


def test_a_plan_says_would_and_nothing_new_says_unchanged() -> None:
    assert "WOULD BE" in text(split_change(change(changed=False, planned=True)))
    assert "Unchanged" in text(split_change(change(changed=False)))


def answer(content: object, *seconds: float) -> InvokeResult:
    took = seconds or (0.0123,)
    return InvokeResult(
        endpoint=NAME,
        slot="green",
        status=200,
        answer=content,
        seconds=took[-1],
        request_id="r",
        source="--data",
        sent=len(took),
        slots={"green": len(took)},
        latency=summarise(took),
    )


def forecast(item: str, days: int = 28) -> dict[str, object]:
    dates = [f"2026-01-{day + 1:02d}" for day in range(days)]
    level = {"0.9": [5.0] * days, "0.1": [1.0] * days}
    return {"store_id": "CA_1", "item_id": item, "dates": dates, "mean": [3.0] * days, "quantiles": level}


@pytest.mark.parametrize(("columns", "widest"), [(None, 80), (60, 60), (300, 100)])
def test_a_forecast_is_a_drawing_that_fits_and_a_table(columns: int | None, widest: int) -> None:
    result = answer({"model": {"name": "m", "version": "2"}, "forecasts": [forecast("A"), forecast("B")]})
    drawn = text(AnswerView(PLAIN, columns)(result))
    assert "● mean   ░ quantiles 0.1 to 0.9" in drawn
    assert max(len(line) for line in drawn.splitlines()) <= widest
    assert row(drawn, "DATE") == ["DATE", "MEAN", "Q0.1", "Q0.9"]
    assert row(drawn, "2026-01-01") == ["2026-01-01", "3.00", "1.0", "5.0"]
    assert "and 21 more days" in drawn
    assert row(drawn, "CA_1   B")[:3] == ["CA_1", "B", "84.0"]
    assert row(drawn, "model") == ["model", "m:2"]


def test_another_model_s_answer_is_shown_as_it_is() -> None:
    for content in ({"score": 1}, [1, 2], "text", {"forecasts": [{"mean": [1.0]}]}, {"forecasts": "none"}):
        assert "green" in text(AnswerView(PLAIN, 80)(answer(content)))
    assert '"score": 1' in text(AnswerView(PLAIN, None)(answer({"score": 1})))


def test_a_run_of_requests_shows_its_latency() -> None:
    shown = text(AnswerView(PLAIN, None)(answer({}, 0.01, 0.02, 0.03)))
    assert row(shown, "sent") == ["sent", "3:", "green", "3"]
    assert "p50 20.0" in shown


def test_a_clean_up_shows_what_goes_what_stays_and_why() -> None:
    action = Action("archive", "model", "m:1", "is older than the newest 3")
    plan = CleanupPlan(NAME, (action,), (Kept("slot", "blue", "takes 100 % of the traffic"),))
    shown = text(cleanup_plan(plan))
    assert row(shown, "archive")[1:3] == ["model", "m:1"]
    assert row(shown, "keep")[1:3] == ["slot", "blue"]
    done = text(cleanup_outcomes(CleanupResult(plan, (Outcome(action, "skipped", "it is needed again"),))))
    assert row(done, "skipped")[1:4] == ["archive", "model", "m:1"]
    assert "Nothing to clean up" in text(cleanup_plan(CleanupPlan(NAME)))


def test_figures_stand_beside_their_baselines() -> None:
    shown = text([metrics({"wape": "0.412345", "wape_mean28": 0.5, "rmsse": "0.9", "note": "text"})])
    assert row(shown, "MEASURE") == ["MEASURE", "MODEL", "MEAN28"]
    assert row(shown, "wape") == ["wape", "0.4123", "0.5"]
    assert row(shown, "rmsse") == ["rmsse", "0.9", "-"]
    assert row(shown, "note") == ["note", "text", "-"]
