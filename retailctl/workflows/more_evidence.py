"""The command that makes an inconclusive comparison tell more: whose training again, with which options."""

from __future__ import annotations

from retailctl.domain.comparison import Backtest, Comparison
from retailctl.domain.comparison.remedy import remedy
from retailctl.domain.comparison.schedule import Schedule
from retailctl.errors import ResourceNotFound
from retailctl.workflows.contenders import Contender
from retailctl.workflows.job_options import script_options
from retailctl.workflows.same_windows import END, HORIZON, ORIGINS
from retailctl.workflows.toolbox import Toolbox
from retailctl.workflows.training_data import missing_data


def more_evidence(
    tools: Toolbox, candidate: Contender, champion: Contender, own: Backtest, other: Backtest, found: Comparison
) -> str:
    """In words, with the command lines; each repeats what its model was trained with."""
    way = remedy(own, other, found)
    if way is None:
        return "keep the champion: so many windows show no difference"
    data, windows = candidate.data or missing_data(tools), way.windows
    if way.who == "candidate":
        options = _options(tools, candidate)
        sets = _sets({name: text for name, text in options.items() if name not in (HORIZON, ORIGINS, END)})
        line = tools.line("train", champion=champion.name, data=data, set=sets)
        return f"train the candidate again, over the champion's {windows.origins} windows to {windows.end}: {line}"
    changed = own.horizon != other.horizon
    again = tools.line("train", data=data, set=_over(windows, _options(tools, champion), changed))
    if way.who == "champion":
        return f"train with the champion's code and options on the candidate's data, and compare with that job: {again}"
    line = tools.line("train", data=data, set=_over(windows, _options(tools, candidate), False))
    second = "" if again == line else f", and with the champion's code {again}"
    return f"train both again on the same data, over more windows: {line}{second}"


def _options(tools: Toolbox, contender: Contender) -> dict[str, str]:
    """What the training script was told beside data and folder; nothing where the job is gone."""
    try:
        job = tools.workspace.jobs.get(contender.job) if contender.job else None
    except ResourceNotFound:
        return {}
    return script_options(job.command or "") if job else {}


def _over(windows: Schedule, options: dict[str, str], changed: bool) -> list[str]:
    """The options with these windows in place of what was said of them before."""
    horizon = {HORIZON: str(windows.horizon)} if changed or HORIZON in options else {}
    return _sets({**options, **horizon, ORIGINS: str(windows.origins), END: str(windows.end)})


def _sets(options: dict[str, str]) -> list[str]:
    return [f"{name}={text}" for name, text in options.items()]
