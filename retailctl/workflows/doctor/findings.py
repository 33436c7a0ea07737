"""What a check found: how bad it is, what it is, why it matters, and the command or step that repairs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from retailctl.config.settings import LOCAL_PROFILE
from retailctl.workflows.toolbox import Toolbox

Severity = Literal["ok", "warning", "error", "skipped"]


@dataclass(frozen=True)
class Finding:
    """One thing that is well, or is not."""

    severity: Severity
    what: str
    why: str | None = None
    repair: str | None = None
    check: str = ""
    """Name of the check, for scripts; filled in by whoever runs it."""


def ok(what: str) -> Finding:
    """All is well."""
    return Finding("ok", what)


def warning(what: str, *, why: str | None = None, repair: str) -> Finding:
    """It works, and may not for long or not as meant."""
    return Finding("warning", what, why, repair)


def error(what: str, *, why: str | None = None, repair: str) -> Finding:
    """A command is going to fail because of it."""
    return Finding("error", what, why, repair)


@dataclass
class Patient:
    """What is examined; the toolbox comes into being with the first check that needs it."""

    open_tools: Callable[[], Toolbox] = field(repr=False)

    @cached_property
    def tools(self) -> Toolbox:
        """Settings, project and workspace.

        Raises:
            RetailctlError: retailctl.toml, a variable or an option is wrong.
        """
        return self.open_tools()

    @property
    def is_local(self) -> bool:
        """Whether the workspace is on this machine."""
        return self.tools.settings.profile == LOCAL_PROFILE


@dataclass(frozen=True)
class Check:
    """A check by name; it is skipped when the one that it builds on found an error."""

    name: str
    run: Callable[[Patient], Iterable[Finding]]
    after: str | None = None
