"""``retailctl rollback``: the split before the last change."""

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import DryRunOpt, EndpointFlags, ExitCodeOpt, TimeoutOpt, given, seconds
from retailctl.cli.views.split import split_change
from retailctl.workflows.rollback import RollbackRequest
from retailctl.workflows.rollback import rollback as go_back

app = verb()


@command(app, EndpointFlags)
def rollback(
    cli: Invocation, timeout: TimeoutOpt = None, dry_run: DryRunOpt = False, exit_code: ExitCodeOpt = False
) -> None:
    """Go back to the split before the last change.

    It is recorded in the endpoint's own tags, so any machine can go back; a second rollback returns.

    Examples:
      retailctl rollback
      retailctl rollback --dry-run --exit-code
    """
    request = RollbackRequest(dry_run=dry_run, **given(timeout_s=seconds(timeout)))
    change = cli.run(go_back, request)
    cli.out.result(change, split_change, name=lambda done: done.after.traffic.text())
    cli.out.next(change.next)
    cli.finish(would_change=change.planned and change.before != change.after, asked=exit_code)
