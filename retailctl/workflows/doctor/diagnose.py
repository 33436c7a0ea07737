"""Run every check to its end: one that fails is a finding, never the end of the examination."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from retailctl.errors import RetailctlError
from retailctl.workflows.doctor import capacity, endpoint, images, machine, project, workspace
from retailctl.workflows.doctor.findings import Check, Finding, Patient
from retailctl.workflows.toolbox import Toolbox

CHECKS: tuple[Check, ...] = (
    Check("versions", machine.check_versions),
    Check("git", machine.check_git),
    Check("configuration", project.check_project),
    Check("variables", project.check_stray_variables, after="configuration"),
    Check("local-extra", machine.check_local_extra, after="configuration"),
    Check("lightgbm", machine.check_lightgbm, after="local-extra"),
    Check("docker", images.check_engine, after="configuration"),
    Check("state-folder", machine.check_state_folder, after="configuration"),
    Check("credential", workspace.check_credential, after="configuration"),
    Check("workspace", workspace.check_workspace, after="credential"),
    Check("clock", workspace.check_clock, after="workspace"),
    Check("compute", capacity.check_compute, after="workspace"),
    Check("quota", capacity.check_quota, after="workspace"),
    Check("endpoint", endpoint.check_endpoint, after="workspace"),
    Check("registry", images.check_registry, after="credential"),
    Check("pull", images.check_pull, after="workspace"),
)
"""In the order in which they are run and shown."""


@dataclass(frozen=True)
class DoctorRequest:
    """Which checks."""

    checks: Sequence[Check] = CHECKS


@dataclass(frozen=True)
class DoctorResult:
    """Every finding; healthy means that none is an error."""

    findings: tuple[Finding, ...]
    healthy: bool


def diagnose(
    open_tools: Callable[[], Toolbox], request: DoctorRequest | None = None, *, spell: Callable[[str], str] = str
) -> DoctorResult:
    """Examine this machine, the settings and the workspace.

    Args:
        open_tools: makes the toolbox; what it raises (a malformed retailctl.toml, say) is a finding too.
        spell: completes the commands in repairs, as :attr:`Toolbox.spell` does.
    """
    patient = Patient(open_tools)
    findings: list[Finding] = []
    hidden_by: dict[str, str] = {}
    for check in (request or DoctorRequest()).checks:
        found = [] if check.after in hidden_by else [replace(each, check=check.name) for each in _found(check, patient)]
        findings += found
        if check.after in hidden_by:
            hidden_by[check.name] = hidden_by[check.after]
        elif any(finding.severity == "error" for finding in found):
            hidden_by[check.name] = check.name
    findings += _skipped(hidden_by)
    findings = [replace(each, repair=each.repair and spell(each.repair)) for each in findings]
    return DoctorResult(tuple(findings), all(finding.severity != "error" for finding in findings))


def _found(check: Check, patient: Patient) -> Iterator[Finding]:
    try:
        yield from check.run(patient)
    except RetailctlError as error:
        yield Finding("error", error.message, error.reason, error.hint)
    except Exception as error:  # the other checks are worth more than this one's traceback
        what = f"the check itself failed: {type(error).__name__}"
        yield Finding("error", what, str(error) or None, "report it, with the output of retailctl doctor --debug")


def _skipped(hidden_by: Mapping[str, str]) -> Iterator[Finding]:
    """What was not looked at because something that it builds on is not sound; a finding for each cause."""
    for cause in dict.fromkeys(hidden_by.values()):
        names = [name for name, root in hidden_by.items() if root == cause != name]
        if names:
            yield Finding("skipped", f"not checked: {', '.join(names)}", f"they build on {cause}", check=cause)
