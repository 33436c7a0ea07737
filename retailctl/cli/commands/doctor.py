"""``retailctl doctor``: what is wrong, and how to repair it."""

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import EndpointFlags, InstanceFlags, TrainFlags
from retailctl.cli.table import Block, Marked
from retailctl.workflows.doctor import DoctorResult, Finding, diagnose

app = verb()

UNSOUND = 1
"""Exit code when a finding is an error: nothing was changed, and a release would not come through."""
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red"), "skipped": ("-", "dim")}


@command(app, TrainFlags, InstanceFlags, EndpointFlags)
def doctor(cli: Invocation) -> None:
    """Check credential, workspace, compute, quota, registry and versions.

    Each problem comes with its repair. It ends with 1 when one of them would stop a release.

    Examples:
      retailctl doctor
      retailctl doctor --profile prod
      retailctl doctor -o json --query "findings[?severity=='error']"
    """
    result = diagnose(lambda: cli.tools, spell=cli.runtime.spell)
    cli.out.result(result, _findings, name=lambda done: "healthy" if done.healthy else "unhealthy")
    if not result.healthy:
        raise typer.Exit(UNSOUND)


def _findings(result: DoctorResult) -> list[Block]:
    return [Marked(*_MARKS[each.severity], each.check, (each.what, *_more(each))) for each in result.findings]


def _more(finding: Finding) -> list[str]:
    """Why it matters and how it is repaired, a line each."""
    repair = f"Repair: {finding.repair}" if finding.repair else None
    return [line for line in (finding.why, repair) if line]
