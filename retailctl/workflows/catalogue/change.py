"""Changes of registered assets: what was done to which version, and how a version is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from retailctl.domain.names import check_name
from retailctl.errors import InvalidInput

Action = Literal["archived", "restored", "deleted", "registered"]


@dataclass(frozen=True)
class AssetChange:
    """One change; ``changed`` is false where it was so already, ``planned`` says that nothing was sent."""

    kind: str
    name: str
    action: Action
    changed: bool = True
    used_by: tuple[str, ...] = ()
    """Slots (``endpoint/slot``) that go on using it."""
    planned: bool = False


def set_archived(
    kind: str,
    name: str,
    *,
    is_archived: bool,
    archive: bool,
    act: Callable[[], None],
    used_by: tuple[str, ...] = (),
    dry_run: bool = False,
) -> AssetChange:
    """Archive or restore a version, unless it is so already; with ``dry_run`` only say so."""
    changed = is_archived != archive
    if changed and not dry_run:
        act()
    return AssetChange(kind, name, "archived" if archive else "restored", changed, used_by, dry_run)


def version_of(kind: str, text: str) -> tuple[str, str]:
    """Name and version in ``name:version`` (or ``azureml:name:version``).

    Raises:
        InvalidInput: no version is named.
        InvalidName: a name that Azure ML would refuse.
    """
    name, _, version = text.removeprefix("azureml:").partition(":")
    check_name(kind, name)
    if not version:
        noun = "env" if kind == "environment" else kind
        raise InvalidInput(
            f"'{text}' names no version", reason=f"use {name}:VERSION", hint=f"retailctl {noun} list --name {name}"
        )
    return name, version
