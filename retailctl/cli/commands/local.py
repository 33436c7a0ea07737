"""``retailctl local``: the local Azure ML of a project."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from retailctl.cli.commands import local_behaviour, local_ui
from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.local import check_extra, published, write_runners
from retailctl.cli.options import DryRunOpt, IntervalOpt, RunnerFlags, TimeoutOpt, YesOpt, choice, seconds
from retailctl.cli.paint import state_style
from retailctl.cli.table import Block, Cell, Fields
from retailctl.cli.tail import follow_file, last_lines
from retailctl.errors import Unavailable, WrongState

app = noun("local")

START_S = 60.0


@dataclass(frozen=True)
class ServerStatus:
    """Whether a project's local Azure ML answers, and where; without anything secret."""

    running: bool
    state: Path
    url: str | None = None
    pid: int | None = None
    version: str | None = None
    runner: str | None = None
    """What runs jobs and slots, in words."""
    log: Path | None = None


@command(app, RunnerFlags, workspace=False)
def start(
    cli: Invocation,
    port: Annotated[int, typer.Option(help="Port of 127.0.0.1; any free one unless said.", metavar="N")] = 0,
    pace: Annotated[
        str | None,
        choice("--pace", of=("immediate", "realistic", "manual"), metavar="PACE", help="How long things take."),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict/--loose", help="Refuse api-versions that it does not know, or answer with a warning."),
    ] = True,
    timeout: TimeoutOpt = None,
) -> None:
    """Start the local Azure ML, unless it answers already.

    Any command on the local profile starts it by itself. The runner auto runs an image as a container where a Docker
    engine has it, and else as the process that stands for it.

    Examples:
      retailctl local start
      retailctl local start --runner docker
      retailctl local start --port 8443
    """
    check_extra()
    from retailctl.emulator import daemon

    _require_runner(cli)
    runners = write_runners(cli.project, cli.settings)
    patience_s, runner = seconds(timeout) or START_S, cli.settings.runner
    with _told():
        daemon.start(cli.project.state_dir, runners, port, patience_s, pace, runner, loose=not strict)
    cli.out.result(_status(cli), _view, name=lambda found: found.url or "")


@command(app, workspace=False)
def stop(cli: Invocation) -> None:
    """Stop the local Azure ML; its state stays, and its slots come back with the next start.

    Examples:
      retailctl local stop
      retailctl local stop --quiet
    """
    from retailctl.emulator import daemon

    with _told():
        if daemon.is_held(cli.project.state_dir):
            daemon.stop(cli.project.state_dir)
        daemon.remove_containers(cli.project.state_dir)
    cli.out.result(_status(cli), _view, name=lambda _: "")


@command(app, workspace=False)
def status(cli: Invocation) -> None:
    """Show whether the local Azure ML answers, and where.

    Examples:
      retailctl local status
      retailctl local status -o json --query running
    """
    cli.out.result(_status(cli), _view, name=lambda found: found.url or "")


@command(app, workspace=False)
def reset(cli: Invocation, dry_run: DryRunOpt = False, yes: YesOpt = False) -> None:
    """Stop the local Azure ML and delete its state: jobs, models, slots, data.

    Examples:
      retailctl local reset
      retailctl local reset --yes
    """
    from retailctl.emulator import daemon

    state = cli.project.state_dir
    if dry_run:
        cli.out.result(_status(cli), lambda _: [f"Would delete everything in {state}."], name=lambda _: "")
        return
    cli.out.confirm(f"Delete everything in {state}?", yes=yes)
    with _told():
        if daemon.is_held(state):
            daemon.stop(state)
        daemon.remove_containers(state)
        daemon.reset(state)
    cli.out.result(_status(cli), lambda _: [f"Deleted what was in {state}."], name=lambda _: "")


@command(app, workspace=False)
def logs(
    cli: Invocation,
    lines: Annotated[int, typer.Option("--lines", help="Last lines to begin with.", min=0, metavar="N")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    interval: IntervalOpt = None,
) -> None:
    """Show what the local Azure ML itself logged.

    Examples:
      retailctl local logs
      retailctl local logs --follow --lines 10
    """
    from retailctl.emulator import daemon

    file = daemon.log_file(cli.project.state_dir)
    cli.out.lines(last_lines(file, lines))
    if follow:
        for line in follow_file(file, cli.runtime.clock(), seconds(interval) or 0.5):
            cli.out.lines([line])


@command(app, workspace=False)
def env(cli: Invocation) -> None:
    """Print what any other client of the local Azure ML needs, its token among it.

    Examples:
      retailctl local env -o json
      retailctl local env -o tsv --query ca_bundle
    """
    running = published(cli.project.state_dir)
    if running is None:
        raise Unavailable("the local Azure ML is not running", hint="retailctl local start")
    cli.out.result(running, _env, name=lambda found: str(found["url"]))


local_behaviour.add_to(app)
local_ui.add_to(app)


def _status(cli: Invocation) -> ServerStatus:
    from retailctl.emulator import daemon

    state = cli.project.state_dir
    running = published(state)
    if running is None:
        return ServerStatus(False, state)
    return ServerStatus(
        True,
        state,
        url=str(running["url"]),
        pid=int(running["pid"]),
        version=str(running.get("version")),
        runner=running.get("runner_in_use"),
        log=daemon.log_file(state),
    )


def _require_runner(cli: Invocation) -> None:
    """Refuse to leave a server with another runner running where one was asked for."""
    asked, running = cli.runtime.flags.get("runner"), published(cli.project.state_dir)
    if asked and running and running.get("runner") != asked:
        raise WrongState(
            f"the local Azure ML runs with the runner {running.get('runner')}, not {asked}",
            hint="retailctl local stop, then start it again: its slots come back with the other runner",
        )


def _view(found: ServerStatus) -> list[Block]:
    word = "running" if found.running else "stopped"
    pairs: list[tuple[str, object]] = [("local Azure ML", Cell(word, state_style("ok" if found.running else "")))]
    pairs += [("address", found.url), ("process", found.pid), ("version", found.version)]
    pairs += [("runner", found.runner), ("log", found.log), ("state", found.state)]
    return [Fields([(name, value) for name, value in pairs if value is not None])]


def _env(running: dict[str, object]) -> list[Block]:
    flat = {**running, **{f"cloud {name}": address for name, address in _cloud(running).items()}}
    flat.pop("cloud_metadata", None)
    return [Fields(list(flat.items()))]


def _cloud(running: dict[str, object]) -> dict[str, object]:
    cloud = running.get("cloud_metadata")
    return dict(cloud) if isinstance(cloud, dict) else {}


@contextmanager
def _told() -> Iterator[None]:
    """Turn what keeps the server from serving into the family of errors."""
    from retailctl.emulator.errors import EmulatorError

    try:
        yield
    except EmulatorError as error:
        raise Unavailable(error.message, hint=error.hint, details={"cause": error.code}) from error
