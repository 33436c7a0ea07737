"""What a workflow works with: workspace, settings, project, engine, registry, a clock and somebody to tell."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from urllib3 import PoolManager

from retailctl.azureml.transport import open_pool
from retailctl.azureml.workspace import Workspace
from retailctl.config.project import Project
from retailctl.config.settings import Settings
from retailctl.domain.clock import Clock, SystemClock
from retailctl.errors import InvalidConfig, StillRunning
from retailctl.images.engine import Engine, connect
from retailctl.images.failures import is_azure
from retailctl.images.registry import Registry, has_registry, registry_of
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
    open_engine: Callable[[], Engine] = connect
    open_registry: Callable[[Toolbox], Registry] | None = None
    """Makes the registry; None: the one that the settings name, over the network."""

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace of the profile."""
        return self.open_workspace()

    @cached_property
    def engine(self) -> Engine:
        """The Docker engine of this machine.

        Raises:
            Unreachable, Forbidden: there is none, or none for us.
        """
        return self.open_engine()

    @cached_property
    def registry(self) -> Registry:
        """The registry of the settings; nothing is sent before it is asked something.

        Raises:
            InvalidConfig: the settings name none.
        """
        return (self.open_registry or _named_registry)(self)

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


def _named_registry(tools: Toolbox) -> Registry:
    """The registry that the settings name: Azure's with the workspace's login, another with Docker's own.

    Raises:
        InvalidConfig: they name none.
    """
    settings = tools.settings
    host = registry_of(settings)
    if not has_registry(settings):
        raise InvalidConfig(
            f"profile {settings.profile} names no registry",
            reason="images go to the registry acr_name on Azure, or to any other by its host",
            hint="set acr_name or registry in retailctl.toml, or ACR_NAME=NAME or RETAILCTL_REGISTRY=HOST",
        )
    ca_bundle = Path(settings.ca_bundle).expanduser() if settings.ca_bundle else None

    def pool(url: str) -> PoolManager:
        return open_pool(url, ca_bundle)

    if not is_azure(host):
        return Registry(host, pool)
    from retailctl.images.azure_registry import AzureRegistry  # the others need nothing of Azure's

    workspace = tools.workspace
    return AzureRegistry(
        host, pool, workspace.credential, tenant_id=workspace.connection.tenant_id, ca_bundle=ca_bundle
    )


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
