"""One invocation: what the line said, and collaborators that come into being when they are first asked for."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Concatenate, ParamSpec, TypeVar

import typer

from retailctl.cli.options import OutputFlags
from retailctl.cli.output import Output
from retailctl.cli.runtime import Runtime
from retailctl.config.connection import Connection
from retailctl.config.project import Project
from retailctl.config.resolve import resolve
from retailctl.config.settings import LOCAL_PROFILE, Settings
from retailctl.errors import InvalidConfig

if TYPE_CHECKING:
    from retailctl.azureml.workspace import Workspace
    from retailctl.workflows.events import Event
    from retailctl.workflows.toolbox import Toolbox

EXIT_WOULD_CHANGE = 10
Request = ParamSpec("Request")
Result = TypeVar("Result")


class Invocation:
    """One command line: its options, its output, and a lazy toolbox for the workflow that it calls."""

    def __init__(self, runtime: Runtime, drawing: OutputFlags, flags: Mapping[str, object | None]) -> None:
        self.runtime = runtime
        runtime.flags = flags
        self.out = Output(drawing, runtime.streams(), runtime.environ)
        self.log_is_result = False
        """Whether log lines that a workflow tells are what the user asked for, and so go to stdout."""

    @cached_property
    def project(self) -> Project:
        """The project of the present folder."""
        return Project.find(self.runtime.cwd or Path.cwd(), self.runtime.environ)

    @cached_property
    def settings(self) -> Settings:
        """The settings, as flags, environment, profile and defaults make them."""
        return resolve(self.runtime.flags, self.runtime.environ, self.project)

    @cached_property
    def tools(self) -> "Toolbox":
        """What workflows work with; events go nowhere until :meth:`run` draws them."""
        from retailctl.workflows.toolbox import Toolbox

        return Toolbox(self.settings, self.project, self._open, clock=self.runtime.clock(), spell=self.runtime.spell)

    def choose(self, **settings: object | None) -> None:
        """Take settings from positional arguments, where these were given; before anything reads the settings."""
        given = {name: value for name, value in settings.items() if value is not None}
        self.runtime.flags = {**self.runtime.flags, **given}

    def run(
        self,
        workflow: "Callable[Concatenate[Toolbox, Request], Result]",
        /,
        *request: Request.args,
        **options: Request.kwargs,
    ) -> Result:
        """Call a workflow, drawing what it tells; the one door through which commands do anything."""
        with self._drawing():
            return workflow(self.tools, *request, **options)

    def each(
        self,
        workflow: "Callable[Concatenate[Toolbox, Request], Iterator[Result]]",
        /,
        *request: Request.args,
        **options: Request.kwargs,
    ) -> Iterator[Result]:
        """As :meth:`run`, for a workflow whose result comes in pieces."""
        with self._drawing():
            yield from workflow(self.tools, *request, **options)

    def binary_stdin(self) -> BinaryIO:
        """Standard input as bytes."""
        return self.out.streams.stdin.buffer

    def finish(self, *, would_change: bool, asked: bool) -> None:
        """End with the exit code of a plan that found changes, where ``--exit-code`` asked for one."""
        if would_change and asked:
            raise typer.Exit(EXIT_WOULD_CHANGE)

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        from retailctl.cli.progress import rendering

        with rendering(self.out, live=not self.log_is_result) as draw:
            self.tools.tell = lambda event: self._hear(event, draw)
            yield

    def _hear(self, event: "Event", draw: "Callable[[Event], None]") -> None:
        """Draw the event, and remember what would outlive this command."""
        from retailctl.workflows.events import LogLine, StepDone, Underway

        if isinstance(event, LogLine) and self.log_is_result:
            self.out.lines([event.text])
            return
        if isinstance(event, Underway):
            self.runtime.underway[event.what] = event.look
        elif isinstance(event, StepDone) and event.outcome not in ("failed", "stopped"):
            self.runtime.underway.clear()
        draw(event)

    def _open(self) -> "Workspace":
        import logging

        logging.getLogger().addHandler(logging.NullHandler())  # what libraries log would else appear on stderr
        trace = self.out.complain if self.out.flags.debug else None
        return self.runtime.open_workspace(self._connection(), trace)

    def _connection(self) -> Connection:
        if self.settings.profile != LOCAL_PROFILE:
            return azure_connection(self.settings, self.runtime.environ)
        from retailctl.cli.local import reach

        return Connection.from_local(reach(self.project, self.runtime, self.out.say))


def azure_connection(settings: Settings, environ: Mapping[str, str]) -> Connection:
    """How to reach the workspace of an Azure profile.

    Raises:
        InvalidConfig: the settings do not name one, or a file of certificates that is not there.
    """
    missing = [name for name in ("subscription_id", "resource_group", "workspace_name") if not settings.value(name)]
    if missing:
        raise InvalidConfig(
            f"profile {settings.profile} does not say which workspace: it has no {', '.join(missing)}",
            reason="an Azure ML workspace is named by its subscription, resource group and name",
            hint=f"set them in retailctl.toml, or use --profile {LOCAL_PROFILE} to work on this machine",
            details={"fields": missing},
        )
    ca_bundle = Path(settings.ca_bundle).expanduser() if settings.ca_bundle else None
    if ca_bundle and not ca_bundle.is_file():
        raise InvalidConfig(
            f"ca_bundle = {settings.ca_bundle}: there is no such file",
            reason=f"from {settings.origin('ca_bundle')}",
            hint="name a file of certificates in PEM form, or leave ca_bundle out",
        )
    return Connection(
        subscription_id=str(settings.subscription_id),
        resource_group=str(settings.resource_group),
        workspace_name=str(settings.workspace_name),
        cloud=settings.cloud,
        credential=settings.credential,
        tenant_id=settings.tenant_id or environ.get("AZURE_TENANT_ID"),
        ca_bundle=ca_bundle,
        client_id=environ.get("AZURE_CLIENT_ID"),
        client_secret=environ.get("AZURE_CLIENT_SECRET"),
    )
