"""The whole picture of a release on one screen."""

from collections.abc import Iterator

from retailctl.cli.paint import state_style
from retailctl.cli.table import Block, Cell, Fields, Table
from retailctl.cli.views.figures import figure
from retailctl.cli.views.split import share_bar, slot_style
from retailctl.workflows.status import JobStatus, ModelStatus, SlotStatus, StatusResult

SHOWN_FIGURES = ("wape", "wape_seasonal_naive", "rmsse")
"""Of a model's backtest; ``retailctl model show`` has them all."""
_TREE = {None: None, False: "is the same", True: Cell("differs", "yellow")}


def status_picture(result: StatusResult) -> Iterator[Block]:
    """Endpoint, slots with their figures, jobs, models, and what to do next."""
    yield from _endpoint(result)
    if result.slots:
        yield ""
        yield _slots(result)
        if any(slot.digest for slot in result.slots):
            yield ""
            yield _images(result.slots)
    if any(slot.inputs for slot in result.slots):
        yield ""
        yield _inputs(result)
    yield from (f"{slot.name}: {slot.inputs_missing}" for slot in result.slots if slot.inputs_missing)
    failed = [slot for slot in result.slots if slot.error]
    yield from (f"{slot.name}: {slot.error}" for slot in failed)
    if result.models:
        yield ""
        yield _models(result.models)
    if result.jobs:
        yield ""
        yield _jobs(result.jobs)
    if result.advice:
        yield ""
        rows = [(Cell(each.command, "cyan"), each.text) for each in result.advice]
        yield Table(("NEXT", "BECAUSE"), rows, prose=True)


def _endpoint(result: StatusResult) -> Iterator[Block]:
    endpoint = result.endpoint
    where = ("workspace", f"{result.workspace} (profile {result.profile})")
    if endpoint is None:
        yield Fields([("endpoint", f"{result.endpoint_name} does not exist yet"), where])
        return
    pairs: list[tuple[str, object]] = [
        ("endpoint", Cell(endpoint.name, "bold")),
        ("state", Cell(endpoint.state, state_style(endpoint.state))),
        where,
        ("address", endpoint.scoring_uri),
        ("login", endpoint.auth_mode),
    ]
    if endpoint.previous:
        pairs.append(("rollback to", endpoint.previous))
    if endpoint.changed_at:
        pairs.append(("split since", endpoint.changed_at))
    yield Fields(pairs)


def _slots(result: StatusResult) -> Table:
    headings = ["SLOT", "STATE", "TRAFFIC", "", "MIRROR", "MODEL", "SIZE", "REQ/MIN", "5XX", "P50 MS", "P95 MS"]
    rows = [_slot_row(slot) for slot in result.slots]
    if not any(slot.mirror for slot in result.slots):
        column = headings.index("MIRROR")
        headings.pop(column)
        for row in rows:
            row.pop(column)
    numbers = frozenset(("TRAFFIC", "MIRROR", "REQ/MIN", "5XX", "P50 MS", "P95 MS"))
    spare = ("", "SIZE", "P50 MS", "REQ/MIN", "P95 MS", "5XX")
    return Table(headings, rows, numbers=numbers, spare=spare)


def _slot_row(slot: SlotStatus) -> list[object]:
    return [
        Cell(slot.name, slot_style(slot.name)),
        Cell(slot.state, state_style(slot.state)),
        f"{slot.traffic} %",
        Cell(share_bar(slot.traffic), slot_style(slot.name)),
        f"{slot.mirror} %",
        slot.model,
        f"{slot.instance_count} x {slot.instance_type}",
        _number(slot.requests_per_minute),
        None if slot.error_rate is None else f"{slot.error_rate:.1%}",
        _number(slot.p50_ms),
        _number(slot.p95_ms),
    ]


def _images(slots: tuple[SlotStatus, ...]) -> Table:
    """What each slot runs, whether it is what the working tree would make, and on this machine what runs it."""
    local = any(slot.runner for slot in slots)
    rows = [
        (
            Cell(slot.name, slot_style(slot.name)),
            slot.image_tag,
            slot.digest[:19] if slot.digest else Cell("not pinned", "yellow"),
            slot.revision and _short(slot.revision),
            _TREE[slot.differs],
            *((slot.runner,) if local else ()),
        )
        for slot in slots
    ]
    headings = ("SLOT", "IMAGE TAG", "DIGEST", "REVISION", "WORKING TREE", *(("RUNNER",) if local else ()))
    return Table(headings, rows, spare=("IMAGE TAG",))


def _short(revision: str) -> str:
    """The first digits of a commit, and whether files differed from it."""
    sha, dash, dirty = revision.partition("-")
    return f"{sha[:12]}{dash}{dirty}"


def _inputs(result: StatusResult) -> Table:
    """What each slot was asked, beside what its model was trained on."""
    asked = [(slot.name, slot.inputs) for slot in result.slots if slot.inputs]
    columns = sorted({name for _, inputs in asked for name in inputs.outside_shares})
    rows = [
        (
            Cell(name, slot_style(name)),
            f"{inputs.requests:,}",
            inputs.since,
            _share(inputs.unknown_share),
            _share(inputs.unpriced_share),
            *(_share(inputs.outside_shares.get(column)) for column in columns),
            f"{inputs.model_age_days} d",
        )
        for name, inputs in asked
    ]
    outside = (f"{column} OUTSIDE".upper() for column in columns)
    headings = ("INPUTS", "REQUESTS", "SINCE", "UNKNOWN", "NO PRICE", *outside, "MODEL AGE")
    return Table(headings, rows, numbers=frozenset(headings) - {"INPUTS", "SINCE"}, spare=("SINCE", "MODEL AGE"))


def _share(share: float | None) -> str | None:
    return None if share is None else f"{share:.1%}"


def _models(models: tuple[ModelStatus, ...]) -> Table:
    figures = [name for name in SHOWN_FIGURES if any(name in model.metrics for model in models)]
    rows = [
        (
            f"{model.name}:{model.version}",
            model.created_at,
            ", ".join(model.served_by),
            *(figure(model.metrics.get(name)) for name in figures),
        )
        for model in models
    ]
    headings = ("MODEL", "CREATED", "SERVED BY", *(name.replace("_", " ").upper() for name in figures))
    return Table(headings, rows, numbers=frozenset(headings[3:]), spare=("CREATED", headings[-1]))


def _jobs(jobs: tuple[JobStatus, ...]) -> Table:
    rows = [(job.name, Cell(job.status, state_style(job.status)), job.experiment, job.created_at) for job in jobs]
    return Table(("JOB", "STATUS", "EXPERIMENT", "CREATED"), rows, spare=("EXPERIMENT", "CREATED"))


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
