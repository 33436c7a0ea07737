"""Training over the champion's windows, so that the two can be compared whatever day the data ends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from retailctl.domain.comparison.backtest import Backtest
from retailctl.domain.comparison.decision import LEAST_WINDOWS
from retailctl.domain.comparison.schedule import MOST_ORIGINS, Schedule
from retailctl.errors import InvalidData, InvalidInput
from retailctl.workflows.contenders import Contender, fetch_backtest, find_contender
from retailctl.workflows.events import Notice
from retailctl.workflows.job_options import split_options
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.training_data import missing_data

HORIZON, ORIGINS, END = "horizon", "backtest_origins", "backtest_end"
"""Options of training/train.py that say where the windows lie."""


def on_windows_of(tools: Toolbox, champion: str, sets: Sequence[str]) -> tuple[str, ...]:
    """``sets`` and what it leaves open of the champion's windows; what it says itself stays as it is.

    Args:
        champion: as ``job compare`` takes it.

    Raises:
        InvalidInput: ``sets`` has another horizon, or so few of the champion's windows that the two cannot be compared.
        InvalidData: the champion has no backtest, or one of too few windows.
        InvalidName, ResourceNotFound, WrongState: as of ``job compare``, for the champion.
    """
    typed = split_options(sets).script
    contender = find_contender(tools, champion)
    backtest = fetch_backtest(tools, contender)
    _require_windows(tools, contender, backtest)
    windows = _windows(typed, contender, backtest)
    shared = windows.shared(backtest)
    tools.tell(Notice(f"backtest to {windows.end} over {windows.origins} windows, {shared} of them {contender.name}'s"))
    said = {HORIZON: str(windows.horizon), ORIGINS: str(windows.origins), END: str(windows.end)}
    return (*sets, *(f"{name}={value}" for name, value in said.items() if name not in typed))


def _require_windows(tools: Toolbox, champion: Contender, backtest: Backtest) -> None:
    count = len(backtest.windows)
    if count >= LEAST_WINDOWS:
        return
    line = tools.line("train", data=champion.data or missing_data(tools), set=[f"{ORIGINS}={LEAST_WINDOWS}"])
    raise InvalidData(
        f"no model can be compared with {champion.text}",
        reason=f"its backtest has {count} window{'' if count == 1 else 's'}; at least {LEAST_WINDOWS} are needed",
        hint=f"train it anew: {line}",
    )


def _windows(typed: Mapping[str, str], champion: Contender, backtest: Backtest) -> Schedule:
    """What was typed, the rest as in the champion's backtest."""
    theirs = Schedule.of(backtest)
    if typed.get(HORIZON, str(theirs.horizon)) != str(theirs.horizon):
        raise InvalidInput(
            f"--set {HORIZON}={typed[HORIZON]} contradicts --champion: {champion.name} has {theirs.horizon} days",
            reason="windows of different length have other errors",
            hint="leave one of the two out",
        )
    end = _day(typed[END]) if END in typed else theirs.end
    newer = max((end - theirs.end).days // theirs.horizon, 0)
    enough = min(max(theirs.origins, newer + LEAST_WINDOWS), MOST_ORIGINS)
    windows = Schedule(theirs.horizon, _count(typed[ORIGINS]) if ORIGINS in typed else enough, end)
    if windows.shared(backtest) < LEAST_WINDOWS:
        raise _too_few(typed, champion, theirs, windows.shared(backtest))
    return windows


def _too_few(typed: Mapping[str, str], champion: Contender, theirs: Schedule, shared: int) -> InvalidInput:
    said = " ".join(f"--set {name}={typed[name]}" for name in (ORIGINS, END) if name in typed)
    return InvalidInput(
        f"{said} contradicts --champion: {shared} of {champion.name}'s windows are left; {LEAST_WINDOWS} are needed",
        reason=f"it has {theirs.origins} of {theirs.horizon} days, one after the other, the last to {theirs.end}",
        hint=f"leave {said} out, or move {END} by whole windows",
        details={"champion": champion.name, ORIGINS: theirs.origins, END: str(theirs.end), HORIZON: theirs.horizon},
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"--set {END}={text} is no date", hint="write it as YYYY-MM-DD") from None


def _count(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_ORIGINS:
        return int(text)
    raise InvalidInput(
        f"--set {ORIGINS}={text} is no whole number from 1 to {MOST_ORIGINS}", hint=f"leave --set {ORIGINS} out"
    )
