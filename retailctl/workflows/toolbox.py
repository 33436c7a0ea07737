"""What a workflow works with: the workspace, settings, the project, a clock and somebody to tell."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from retailctl.azureml.workspace import Workspace
from retailctl.config.project import Project
from retailctl.config.settings import Settings
from retailctl.domain.clock import Clock, SystemClock
from retailctl.errors import StillRunning
from retailctl.workflows.events import Event, Listener, StepDone, StepStarted, silent


@dataclass
class Toolbox:
    """The collaborators of one invocation; the workspace is opened when it is first asked for."""

    settings: Settings
    project: Project
    open_workspace: Callable[[], Workspace]
    clock: Clock = field(default_factory=SystemClock)
    tell: Listener = silent
    spell: Callable[[str], str] = str
    """Completes the commands in a text, so that they work on what this invocation works on."""

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace of the profile."""
        return self.open_workspace()

    def line(self, *words: str, **options: str | bool | Sequence[str] | None) -> str:
        """A command line of retailctl: ``words``, then each option that was given (``set=("a=1", "b=2")`` is two).

        The underscore that keeps an option's name from being a word of Python (``from_``) is left out.
        """
        line = ["retailctl", *words]
        for name, value in options.items():
            flag = "--" + name.rstrip("_").replace("_", "-")
            if isinstance(value, bool):
                line += [flag] if value else []
            else:
                texts = [value] if isinstance(value, str) else value or ()
                line += [word for text in texts for word in (flag, text)]
        return self.spell(shlex.join(line))


@dataclass
class Step:
    """A step under way, whose last word can still be changed."""

    text: str
    outcome: str = "done"


@contextmanager
def step(tools: Toolbox, name: str, text: str) -> Iterator[Step]:
    """Tell that a step begins and how it ended; a failure is told and goes on up.

    Who stops waiting has not failed: what was under way may well go on.
    """
    began = tools.clock.monotonic()
    tools.tell(StepStarted(name, text))
    under_way = Step(text)

    def ended(outcome: str) -> Event:
        return StepDone(name, under_way.text, tools.clock.monotonic() - began, outcome)

    try:
        yield under_way
    except (KeyboardInterrupt, StillRunning):
        tools.tell(ended("stopped"))
        raise
    except BaseException:
        tools.tell(ended("failed"))
        raise
    tools.tell(ended(under_way.outcome))
