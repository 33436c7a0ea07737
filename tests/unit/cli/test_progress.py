"""The same events in every form of progress; a step's words, and what is kept back."""

from __future__ import annotations

import io
import json
import threading

import pytest

from retailctl.cli.options import OutputFlags
from retailctl.cli.output import Output
from retailctl.cli.progress import Lines, LiveScene, Renderer, rendering
from retailctl.cli.runtime import Streams
from retailctl.domain.progress import Part
from retailctl.workflows.events import (
    Caution,
    Event,
    LogLine,
    Notice,
    StepDone,
    StepProgress,
    StepStarted,
    Underway,
)
from tests.unit.cli.conftest import Terminal

EVENTS: tuple[Event, ...] = (
    StepStarted("train", "Training in job j"),
    Underway("job j", "retailctl job stream j"),
    StepProgress("train", "j is Queued, 2.0s"),
    StepProgress("train", "j is Queued, 4.0s"),
    StepProgress("train", "j is Running, 6.0s"),
    LogLine("j", "epoch 1"),
    StepDone("train", "Job j completed", 72.0),
    Notice("worth knowing"),
    Caution("be careful"),
    StepDone("deploy", "Slot green has model m:1 already", 0.01, "unchanged"),
)


def made(terminal: bool = False, **flags: object) -> Output:
    kind = Terminal if terminal else io.StringIO
    return Output(OutputFlags(**flags), Streams(kind(), kind(), kind()), {})  # type: ignore[arg-type]


def told(out: Output, events: tuple[Event, ...] = EVENTS) -> str:
    with rendering(out) as tell:
        for event in events:
            tell(event)
    assert isinstance(out.streams.stderr, io.StringIO)
    assert isinstance(out.streams.stdout, io.StringIO)
    assert out.streams.stdout.getvalue() == ""
    return out.streams.stderr.getvalue()


def test_a_line_a_change_off_a_terminal() -> None:
    assert told(made()).splitlines() == [
        "Training in job j ...",
        "  j is Queued, 2.0s",
        "  j is Running, 6.0s",
        "j | epoch 1",
        "✓ Job j completed  1m12s",
        "worth knowing",
        "Warning: be careful",
        "= Slot green has model m:1 already (unchanged)",
    ]


def test_json_lines_where_asked_for() -> None:
    lines = [json.loads(line) for line in told(made(progress="json")).splitlines()]
    assert [line["event"] for line in lines] == [type(event).__name__ for event in EVENTS]
    assert lines[0] == {"event": "StepStarted", "step": "train", "text": "Training in job j"}


@pytest.mark.parametrize("flags", [{"quiet": True}, {"progress": "none"}])
def test_silence_where_asked_for(flags: dict[str, object]) -> None:
    assert told(made(**flags)) == ""


def test_progress_asked_for_by_name_beats_quiet() -> None:
    assert told(made(quiet=True, progress="plain")) != ""


@pytest.mark.parametrize(("terminal", "expected"), [(True, LiveScene), (False, Lines)])
def test_the_terminal_decides(terminal: bool, expected: type[Renderer]) -> None:
    with rendering(made(terminal=terminal)) as renderer:
        assert isinstance(renderer, expected)


def test_nothing_is_drawn_live_while_stdout_is_written() -> None:
    with rendering(made(terminal=True), live=False) as renderer:
        assert isinstance(renderer, Lines)


def test_a_live_scene_leaves_the_ended_steps_and_no_thread() -> None:
    shown = told(made(terminal=True))
    assert "Job j completed" in shown
    assert [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)] == []


@pytest.mark.parametrize(("outcome", "stays"), [("done", True), ("failed", False)])
def test_the_end_of_the_log_stays_on_the_terminal_where_it_ended_well(outcome: str, stays: bool) -> None:
    events = (StepStarted("train", "Training"), LogLine("j", "WAPE 0.56"), StepDone("train", "Trained", 9.0, outcome))
    assert ("WAPE 0.56" in told(made(terminal=True), events)) is stays


def test_a_slow_step_is_drawn_with_the_tail_of_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = threading.Event()
    monkeypatch.setattr("retailctl.cli.progress.LIVE_AFTER_S", 0.0)
    monkeypatch.setattr(LiveScene, "_tail_lines", _noticed(LiveScene._tail_lines, drawn))
    out = made(terminal=True)
    with rendering(out) as tell:
        tell(StepStarted("train", "Training in job j"))
        tell(LogLine("j", "epoch 1"))
        assert drawn.wait(20)
        tell(StepDone("train", "Job j completed", 3.0))
    assert isinstance(out.streams.stderr, io.StringIO)
    shown = out.streams.stderr.getvalue()
    assert "│ epoch 1" in shown
    assert "Job j completed" in shown


def _noticed(draw: object, drawn: threading.Event) -> object:
    """``draw``, which says when it has drawn something."""

    def drawing(scene: LiveScene) -> list[object]:
        lines = draw(scene)  # type: ignore[operator]
        if lines:
            drawn.set()
        return list(lines)

    return drawing


PASSING: tuple[Event, ...] = (
    StepStarted("build", "Building the infer image"),
    StepProgress("build", "step 3 of 9: RUN pip install"),
    LogLine("build", "Collecting numpy", passing=True),
    StepDone("build", "Built the infer image", 9.0),
)


def test_output_that_is_only_of_interest_while_it_is_new_is_not_kept() -> None:
    assert "Collecting numpy" not in told(made(), PASSING)
    assert "Collecting numpy" not in told(made(terminal=True), PASSING)
    assert "build | Collecting numpy" in told(made(verbose=True), PASSING)


def test_each_layer_under_way_has_a_bar() -> None:
    from rich.console import Console

    scene = LiveScene(made(terminal=True))
    scene(StepStarted("push", "Pushing the infer image"))
    scene(StepProgress("push", "1 of 3 layers there", (Part("4f2a9c1d", 5_000_000, 20_000_000), Part("77aa", 1, 0))))
    console = Console(file=io.StringIO(), width=100)
    console.print(scene._scene())
    scene.close()
    drawn = console.file.getvalue()  # type: ignore[attr-defined]
    assert "4f2a9c1d" in drawn
    assert "5.0 of 20.0 MB" in drawn
    assert "77aa" in drawn
