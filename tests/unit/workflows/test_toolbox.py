"""How a step ends is told as it was, and lines of retailctl are written as a shell takes them."""

from __future__ import annotations

import pytest

from retailctl.errors import JobFailed, WaitTimedOut
from retailctl.workflows.events import StepDone
from retailctl.workflows.toolbox import step
from tests.unit.workflows.fakes import Shop


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(KeyboardInterrupt(), "stopped"), (WaitTimedOut("enough"), "stopped"), (JobFailed("bad"), "failed")],
)
def test_who_stops_waiting_has_not_failed(shop: Shop, error: BaseException, outcome: str) -> None:
    with pytest.raises(type(error)), step(shop.tools, "train", "Training"):
        raise error
    assert [event.outcome for event in shop.events if isinstance(event, StepDone)] == [outcome]


def test_a_line_holds_what_was_given_quoted_for_a_shell(shop: Shop) -> None:
    line = shop.tools.line(
        "deploy", slot="blue", image=None, set=("a=1", "b=x y"), force=True, from_="build", yes=False
    )
    assert line == "retailctl deploy --slot blue --set a=1 --set 'b=x y' --force --from build"
