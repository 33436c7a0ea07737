"""``retailctl job``: training jobs."""

from pathlib import Path
from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.options import (
    ConfidenceOpt,
    DirectoryOpt,
    DryRunOpt,
    EndpointFlags,
    IntervalOpt,
    LimitOpt,
    ModelFlags,
    TimeoutOpt,
    choice,
    given,
    seconds,
)
from retailctl.cli.paint import state_style
from retailctl.cli.table import Block, Cell, Fields, Table
from retailctl.cli.views.assets import downloaded, facts
from retailctl.cli.views.comparison import compared
from retailctl.domain.comparison import DEFAULT_CONFIDENCE
from retailctl.domain.durations import format_duration
from retailctl.domain.names import check_name
from retailctl.domain.resources import Job
from retailctl.workflows.compare import CompareRequest
from retailctl.workflows.compare import compare as compare_models
from retailctl.workflows.jobs import (
    DownloadJob,
    JobDetail,
    ListJobs,
    StreamJob,
    cancel_job,
    download_job,
    job_logs,
    list_jobs,
    show_job,
    stream_job,
    wait_job,
)
from retailctl.workflows.jobs.manage import STATES

app = noun("job")

JobArg = Annotated[str, typer.Argument(help="The job.", metavar="NAME")]
QueueOpt = Annotated[
    str | None, typer.Option("--queue-timeout", help="Stop waiting for a machine after this time.", metavar="TIME")
]


@command(app, name="list")
def list_(
    cli: Invocation,
    limit: LimitOpt = 30,
    status: Annotated[
        str | None, choice("--status", of=STATES, metavar="STATE", help="Only jobs in this state.")
    ] = None,
    experiment: Annotated[str | None, typer.Option(help="Only jobs of this experiment.", metavar="NAME")] = None,
) -> None:
    """List the newest jobs.

    Examples:
      retailctl job list
      retailctl job list --status Failed -L 5
      retailctl job list -o json --query '[0].name'
    """
    page = cli.run(list_jobs, ListJobs(limit, status, experiment))
    cli.out.result(page.jobs, _jobs)
    cli.out.more(page.more, limit)


@command(app)
def show(cli: Invocation, name: JobArg) -> None:
    """Show a job and where its outputs are.

    Examples:
      retailctl job show retail-train-20260101-120000-3f9a1c
      retailctl job show NAME -o json --query outputs
    """
    detail = cli.run(show_job, check_name("job", name))
    cli.out.result({**facts(detail.job), "outputs": dict(detail.outputs)}, lambda _: _job(detail))


@command(app)
def stream(
    cli: Invocation,
    name: JobArg,
    timeout: TimeoutOpt = None,
    queue_timeout: QueueOpt = None,
    interval: IntervalOpt = None,
) -> None:
    """Print a job's log as it is written, to its end.

    It ends with 0 when the job completed and with 9 when it did not, whose own exit code is told.

    Examples:
      retailctl job stream retail-train-20260101-120000-3f9a1c
      retailctl job stream NAME --timeout 30m -o json
    """
    cli.log_is_result = True
    job = cli.run(stream_job, _stream(name, timeout, queue_timeout, interval))
    cli.out.say(f"Job {job.name} is {job.status}")
    cli.out.next(cli.tools.line("register", job=job.name))


@command(app)
def wait(
    cli: Invocation,
    name: JobArg,
    timeout: TimeoutOpt = None,
    queue_timeout: QueueOpt = None,
    interval: IntervalOpt = None,
) -> None:
    """Wait for a job's end, without its log.

    Examples:
      retailctl job wait retail-train-20260101-120000-3f9a1c
      retailctl job wait NAME --timeout 2h --interval 30s
    """
    job = cli.run(wait_job, _stream(name, timeout, queue_timeout, interval))
    cli.out.result(facts(job), lambda _: _job(JobDetail(job, {})))
    cli.out.next(cli.tools.line("register", job=job.name))


@command(app)
def logs(cli: Invocation, name: JobArg) -> None:
    """Print what a job has logged so far.

    Examples:
      retailctl job logs retail-train-20260101-120000-3f9a1c
      retailctl job logs NAME | tail
    """
    for line in cli.each(job_logs, check_name("job", name)):
        cli.out.lines([line])


@command(app)
def cancel(
    cli: Invocation,
    name: JobArg,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Accepted for scripts; nothing is asked.", hidden=True)
    ] = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Cancel a job, and wait until it has stopped.

    Examples:
      retailctl job cancel retail-train-20260101-120000-3f9a1c
      retailctl job cancel NAME -o json
    """
    job = cli.run(cancel_job, check_name("job", name), dry_run=dry_run)
    would = " and would be cancelled" if dry_run and not job.ended else ""
    cli.out.result({**facts(job), "planned": dry_run}, lambda _: [f"Job {job.name} is {job.status}{would}."])


@command(app)
def download(
    cli: Invocation,
    name: JobArg,
    output_name: Annotated[
        str | None, typer.Option(help="One output; by default logs and artifacts.", metavar="NAME")
    ] = None,
    to: DirectoryOpt = Path(),
) -> None:
    """Download a job's output, or its logs and artifacts.

    Examples:
      retailctl job download NAME --output-name model_out --download-path model
      retailctl job download NAME
    """
    result = cli.run(download_job, DownloadJob(check_name("job", name), to, output_name))
    cli.out.result(result, downloaded)


@command(app, ModelFlags, EndpointFlags)
def compare(
    cli: Invocation,
    candidate: Annotated[
        str,
        typer.Argument(
            help="The model that wants to be registered: a job, NAME:VERSION, or a version.", metavar="CANDIDATE"
        ),
    ],
    champion: Annotated[
        str,
        typer.Argument(
            help="The model to beat, named alike; live is the version that takes the traffic.", metavar="CHAMPION"
        ),
    ],
    confidence: ConfidenceOpt = DEFAULT_CONFIDENCE,
) -> None:
    """Decide whether a model forecasts better than another, by a paired test over the windows of both backtests.

    It ends with 0 when the candidate is promoted, with 9 when it is rejected and with 11 when the windows do not tell.

    Examples:
      retailctl job compare retail-train-20260101-120000-3f9a1c live
      retailctl job compare retail-forecast:8 retail-forecast:7
      retailctl job compare NAME live -o json --query comparison.test
    """
    result = cli.run(compare_models, CompareRequest(candidate, champion, confidence))
    cli.out.result(result, compared, name=lambda done: done.comparison.verdict)
    result.require_promoted()
    cli.out.next(result.next)


def _stream(name: str, timeout: str | None, queue_timeout: str | None, interval: str | None) -> StreamJob:
    return StreamJob(
        check_name("job", name),
        queue_timeout_s=seconds(queue_timeout),
        run_timeout_s=seconds(timeout),
        **given(interval_s=seconds(interval)),
    )


def _jobs(jobs: tuple[Job, ...]) -> list[Block]:
    rows = [
        (job.name, Cell(job.status, state_style(job.status)), job.experiment, job.compute, job.created_at)
        for job in jobs
    ]
    headings = ("NAME", "STATUS", "EXPERIMENT", "COMPUTE", "CREATED")
    spare = ("COMPUTE", "EXPERIMENT", "CREATED")
    return [Table(headings, rows, empty="no jobs yet; retailctl train makes one", spare=spare)]


def _took(job: Job) -> str | None:
    if job.created_at is None or job.ended_at is None:
        return None
    return format_duration((job.ended_at - job.created_at).total_seconds())


def _job(detail: JobDetail) -> list[Block]:
    job = detail.job
    pairs: list[tuple[str, object]] = [
        ("name", Cell(job.name, "bold")),
        ("status", Cell(job.status, state_style(job.status))),
        ("experiment", job.experiment),
        ("compute", job.compute),
        ("created", job.created_at),
        ("ended", job.ended_at),
        ("took", _took(job)),
        ("exit code", job.exit_code),
        ("error", job.error),
        ("studio", job.studio_url),
        *((f"output {name}", address) for name, address in detail.outputs.items()),
        *(job.tags.items()),
    ]
    return [Fields([(name, value) for name, value in pairs if value is not None])]
