"""The root of the command line, and the one boundary where exceptions become words and exit codes."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

import retailctl
from retailctl.cli.catalog import ENTRIES
from retailctl.cli.failures import EXIT_INTERRUPTED, Failures, of_this_machine
from retailctl.cli.hints import Hints
from retailctl.cli.paint import PLAINLY
from retailctl.cli.quick import LazyGroup
from retailctl.cli.runtime import Runtime
from retailctl.errors import RetailctlError

app = typer.Typer(
    name="retailctl",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # Typer's own would print local variables, which may hold secrets
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Try it on this machine, without Azure: retailctl init shop, then retailctl release.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"retailctl {retailctl.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Ship retail demand forecasts on Azure ML: train, register, deploy blue/green, shift traffic, roll back."""


def _not_loaded() -> None:
    """Stands for a command until :class:`LazyGroup` has loaded it."""


for _entry in ENTRIES:
    app.command(_entry.name, short_help=_entry.summary, rich_help_panel=_entry.panel, hidden=_entry.hidden)(_not_loaded)


def main(arguments: Sequence[str] | None = None, runtime: Runtime | None = None) -> None:
    """Run the command line and leave the process with the documented exit code."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors=PLAINLY)
    raise SystemExit(execute(sys.argv[1:] if arguments is None else arguments, runtime or Runtime()))


def execute(arguments: Sequence[str], runtime: Runtime) -> int:
    """The exit code of a command line, all of whose failures have been shown."""
    runtime.spell = Hints(arguments, lambda: runtime.flags)
    failures = Failures(arguments, runtime.environ, runtime.streams().stderr, runtime.spell)
    try:
        code = app(args=list(arguments), prog_name="retailctl", standalone_mode=False, obj=runtime)
    except typer.TyperException as error:
        return failures.usage(error)
    except RetailctlError as error:
        return failures.known(error)
    except SystemExit as ended:
        code = os.EX_OK if isinstance(ended.__context__, BrokenPipeError) else ended.code  # help, into a closed pager
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except OSError as error:
        mine = of_this_machine(error)
        return failures.known(mine) if mine else failures.bug(error)
    except Exception as error:
        return failures.bug(error)
    if code == EXIT_INTERRUPTED:  # Typer turns Ctrl-C in a command into this code
        return failures.interrupted(runtime.underway)
    return code if isinstance(code, int) else os.EX_OK
