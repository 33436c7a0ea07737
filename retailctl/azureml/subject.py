"""What a request is about, so that a failure can say it in the user's words."""

from __future__ import annotations

from dataclasses import dataclass

LIST_COMMANDS = {
    "endpoint": "retailctl endpoint list",
    "slot": "retailctl status",
    "job": "retailctl job list",
    "model": "retailctl model list",
    "environment": "retailctl env list",
    "data": "retailctl data list",
    "compute": "retailctl compute list",
    "workspace": "retailctl config show",
}


@dataclass(frozen=True)
class Subject:
    """A kind of resource and, where one is meant, its name."""

    kind: str
    name: str = ""

    @property
    def text(self) -> str:
        """``endpoint 'retail'``, or the bare kind."""
        return f"{self.kind} '{self.name}'" if self.name else self.kind

    @property
    def list_command(self) -> str:
        """The command that shows which ones there are."""
        return LIST_COMMANDS.get(self.kind, "retailctl status")
