"""Every failure a user of retailctl can meet, as one family.

    RetailctlError
    ├── OperationRefused (1)    ApiRefused, Declined
    ├── NotFound (3)            ResourceNotFound, ProfileNotFound, TemplateNotFound
    ├── AccessDenied (4)        NotLoggedIn, Forbidden
    ├── Conflict (5)            AlreadyExists, WrongState, Stale
    ├── InvalidInput (6)        InvalidConfig, InvalidTemplate, InvalidData, InvalidName
    ├── Unavailable (7)         Unreachable, Throttled, ServerFault
    ├── StillRunning (8)        WaitTimedOut
    ├── WorkFailed (9)          JobFailed, DeploymentFailed, SmokeTestFailed, CandidateRejected, BuildFailed,
    │                           TrialFailed
    └── Undecided (11)          Inconclusive

The number is the process's exit code; 0 is success, 2 a wrong command line (Typer's own), 10 "something would
change" (only with ``--exit-code``), 70 a fault of retailctl itself and 130 Ctrl-C. Each class has a stable ``code``
for scripts and a default hint; a raiser who knows the user's own names gives a better hint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class RetailctlError(Exception):
    """Base of the family: what happened, why (where somebody said), and what to do next.

    ``details`` holds small values that are safe to print, such as ``requestId`` or ``field``.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    default_hint: ClassVar[str] = "retailctl --help"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        hint: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.hint = hint or self.default_hint
        self.details: dict[str, object] = dict(details or {})


class OperationRefused(RetailctlError):
    """The service, or the user, said no; nothing was changed."""

    code = "operation-refused"
    exit_code = 1
    default_hint = "run the command again with --debug to see the requests"


class ApiRefused(OperationRefused):
    """The service refused the request for a reason that has no class of its own."""

    code = "api-refused"


class Declined(OperationRefused):
    """The question was answered with no."""

    code = "declined"
    default_hint = "run the command again with --yes to go on without a question"


class NotFound(RetailctlError):
    """A thing that was named does not exist."""

    code = "not-found"
    exit_code = 3
    default_hint = "retailctl status"


class ResourceNotFound(NotFound):
    """The workspace has no resource of that name."""

    code = "resource-not-found"


class ProfileNotFound(NotFound):
    """retailctl.toml has no profile of that name."""

    code = "profile-not-found"
    default_hint = "retailctl config show"


class TemplateNotFound(NotFound):
    """No template has that name."""

    code = "template-not-found"
    default_hint = "retailctl template list"


class AccessDenied(RetailctlError):
    """The service does not let this caller do it."""

    code = "access-denied"
    exit_code = 4
    default_hint = "retailctl doctor"


class NotLoggedIn(AccessDenied):
    """No credential could be had, or the service does not know it."""

    code = "not-logged-in"
    default_hint = "az login, or --profile local to work on this machine"


class Forbidden(AccessDenied):
    """The caller is known and lacks the right."""

    code = "forbidden"
    default_hint = "ask for the AzureML Data Scientist role on the workspace"


class Conflict(RetailctlError):
    """The thing is not in a state that allows it."""

    code = "conflict"
    exit_code = 5
    default_hint = "retailctl status"


class AlreadyExists(Conflict):
    """A thing of that name is there already."""

    code = "already-exists"


class WrongState(Conflict):
    """The present state forbids the change."""

    code = "wrong-state"


class Stale(Conflict):
    """Somebody else changed it meanwhile."""

    code = "stale"
    default_hint = "retailctl status, then run the command again"


class InvalidInput(RetailctlError):
    """Found wrong before anything was sent, or refused field by field."""

    code = "invalid-input"
    exit_code = 6


class InvalidConfig(InvalidInput):
    """retailctl.toml, an environment variable or a setting is wrong."""

    code = "invalid-config"
    default_hint = "retailctl config show"


class InvalidTemplate(InvalidInput):
    """A template does not render, or what it renders is not what Azure ML takes."""

    code = "invalid-template"
    default_hint = "retailctl template render NAME"


class InvalidData(InvalidInput):
    """The data does not keep the data contract."""

    code = "invalid-data"
    default_hint = "retailctl data sample --out data, to see data of the right form"


class InvalidName(InvalidInput):
    """A name breaks Azure ML's rules for names."""

    code = "invalid-name"


class Unavailable(RetailctlError):
    """The service cannot answer now; trying again is safe."""

    code = "unavailable"
    exit_code = 7
    default_hint = "run the command again; it carries on where it stopped"


class Unreachable(Unavailable):
    """No connection to the service."""

    code = "unreachable"


class Throttled(Unavailable):
    """The service asked for fewer requests, and went on asking."""

    code = "throttled"


class ServerFault(Unavailable):
    """The service failed, and went on failing when asked again."""

    code = "server-fault"


class StillRunning(RetailctlError):
    """The command stopped waiting; the work goes on."""

    code = "still-running"
    exit_code = 8
    default_hint = "retailctl status"


class WaitTimedOut(StillRunning):
    """The deadline passed before the work ended."""

    code = "wait-timed-out"


class WorkFailed(RetailctlError):
    """Everything was sent as it should be, and the work ended badly."""

    code = "work-failed"
    exit_code = 9
    default_hint = "retailctl status"


class JobFailed(WorkFailed):
    """A job ended as failed or cancelled."""

    code = "job-failed"
    default_hint = "retailctl job list"


class DeploymentFailed(WorkFailed):
    """A deployment never became ready."""

    code = "deployment-failed"
    default_hint = "retailctl logs"


class SmokeTestFailed(WorkFailed):
    """A new slot is up but does not answer as it should."""

    code = "smoke-test-failed"
    default_hint = "retailctl logs"


class CandidateRejected(WorkFailed):
    """A candidate model lost against the champion, or broke a guard rail."""

    code = "candidate-rejected"
    default_hint = "retailctl job compare CANDIDATE CHAMPION"


class BuildFailed(WorkFailed):
    """An image could not be built from its Dockerfile."""

    code = "build-failed"
    default_hint = "retailctl template list, to see which Dockerfile is used"


class TrialFailed(WorkFailed):
    """An image, run here as Azure would run it, does not do what a deployment needs."""

    code = "trial-failed"
    default_hint = "retailctl build infer, once it is repaired"


class Undecided(RetailctlError):
    """There is too little evidence to decide; nothing was changed."""

    code = "undecided"
    exit_code = 11
    default_hint = "retailctl status"


class Inconclusive(Undecided):
    """The windows of two backtests do not tell which model is better."""

    code = "inconclusive"
    default_hint = "retailctl train --set backtest_origins=6, then compare again"
