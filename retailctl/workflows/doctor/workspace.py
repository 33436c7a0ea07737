"""The workspace: whether we are known to it, whether it answers, and whether our clocks agree."""

from __future__ import annotations

from collections.abc import Iterator

from retailctl.domain.durations import format_duration
from retailctl.workflows.doctor.findings import Finding, Patient, ok, warning

SKEW_S = 60.0
"""Beyond this, tokens and signed addresses may not hold yet, or no more."""
SHORT_LIVED_S = 300.0


def check_credential(patient: Patient) -> Iterator[Finding]:
    """Log in, and say as whom."""
    identity = patient.tools.workspace.identity()
    if patient.is_local:
        yield ok("the local Azure ML's own token is at hand")
        return
    who = identity.account or "an account that its token does not name"
    tenant = f" of tenant {identity.tenant_id}" if identity.tenant_id else ""
    left_s = (identity.expires_at - patient.tools.clock.now()).total_seconds() if identity.expires_at else None
    if left_s is not None and left_s < SHORT_LIVED_S:
        yield warning(
            f"logged in as {who}{tenant} ({identity.credential}), for {format_duration(max(0.0, left_s))} more",
            why="a release takes longer than that",
            repair="az login",
        )
    else:
        yield ok(f"logged in as {who}{tenant} ({identity.credential})")


def check_workspace(patient: Patient) -> Iterator[Finding]:
    """Read the workspace itself; why it cannot be read is raised."""
    workspace = patient.tools.workspace
    region = workspace.describe().get("location")
    yield ok(f"workspace {workspace.connection.workspace_name} answers, in {region}")


def check_clock(patient: Patient) -> Iterator[Finding]:
    """Compare this machine's clock with the service's."""
    there = patient.tools.workspace.server_time()
    if there is None:
        return
    skew_s = (patient.tools.clock.now() - there).total_seconds()
    if abs(skew_s) > SKEW_S:
        side = "ahead of" if skew_s > 0 else "behind"
        yield warning(
            f"this machine's clock is {format_duration(abs(skew_s))} {side} the service's",
            why="tokens and signed addresses hold for a span of time",
            repair="set the clock by NTP",
        )
    else:
        yield ok("this machine's clock and the service's agree")
