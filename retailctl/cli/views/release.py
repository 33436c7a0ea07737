"""Results of the steps of a release: what was made, and by what it can be found again."""

from collections.abc import Iterator

from retailctl.cli.paint import state_style
from retailctl.cli.table import Block, Cell, Fields, Table
from retailctl.cli.views.comparison import verdict_style
from retailctl.cli.views.figures import metrics
from retailctl.cli.views.split import slot_style
from retailctl.domain.durations import format_duration
from retailctl.domain.headlines import headlines
from retailctl.workflows.deploy import DeployResult
from retailctl.workflows.register import RegisterResult
from retailctl.workflows.release import ReleaseResult
from retailctl.workflows.train import TrainResult


def trained(result: TrainResult) -> Iterator[Block]:
    """The job, and what went into it."""
    pairs: list[tuple[str, object]] = [
        ("job", result.job),
        ("status", Cell(result.status, state_style(result.status))),
        ("data", result.data),
        ("image", result.image),
        ("revision", result.git_sha),
        ("file", result.file),
    ]
    if not result.planned:
        pairs.append(("took", format_duration(result.seconds)))
    if result.studio_url:
        pairs.append(("studio", result.studio_url))
    yield Fields(pairs)


def registered(result: RegisterResult) -> Iterator[Block]:
    """The model version, and its figures."""
    yield Fields(
        [
            ("model", result.model or "the next version"),
            ("outcome", result.outcome),
            ("type", result.type),
            ("job", result.job),
            *([("champion", _trial(result))] if result.champion else []),
        ]
    )
    if result.metrics:
        yield ""
        yield metrics(headlines(result.metrics))


def _trial(result: RegisterResult) -> Cell:
    """Whom the model was compared with, and the verdict; nothing where it is the champion itself."""
    if result.comparison is None:
        return Cell(result.champion)
    verdict = result.comparison.verdict
    return Cell(f"{result.champion}: {verdict}", verdict_style(verdict))


def deployed(result: DeployResult) -> Iterator[Block]:
    """The slot, what changed of it, and how it answered."""
    pairs: list[tuple[str, object]] = [
        ("slot", Cell(f"{result.slot} of {result.endpoint}", slot_style(result.slot))),
        ("outcome", result.outcome),
        ("model", result.model),
        ("image", result.image),
        ("file", result.file),
    ]
    if result.smoke:
        pairs.append(("smoke test", f"{result.smoke.forecasts} forecast in {result.smoke.seconds * 1000:.0f} ms"))
    yield Fields(pairs)
    if result.changes:
        yield ""
        after = "WOULD BE" if result.planned else "NOW"
        yield Table(
            ("FIELD", "BEFORE", after), [(change.field, change.before, change.after) for change in result.changes]
        )


def released(result: ReleaseResult) -> Iterator[Block]:
    """A row a step, and where that leaves the endpoint."""
    rows = [(each.step, Cell(each.outcome, outcome_style(each.outcome)), each.text) for each in result.steps]
    yield Table(("STEP", "OUTCOME", "WHAT"), rows, prose=True)
    yield ""
    would = "would take" if result.planned else "takes"
    split = " ".join(f"{slot}={share}" for slot, share in result.traffic.items())
    model = f" with model {result.model}" if result.model else ""
    yield f"{result.endpoint}: {result.slot} {would} the traffic{model} ({split})"


def outcome_style(outcome: str) -> str:
    """The colour of what came of a step."""
    return {"done": "green", "failed": "red", "unchanged": "cyan"}.get(outcome, "dim")
