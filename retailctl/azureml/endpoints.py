"""Online endpoints: the one writer of them, so that no change drops a field, a tag, a share or a mirror."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retailctl.domain.deadline import Deadline
from retailctl.domain.resources import Endpoint, Keys
from retailctl.domain.traffic import Traffic

KeyKind = Literal["primary", "secondary"]


@dataclass(frozen=True)
class EndpointEdit:
    """What to change of an endpoint; None leaves a part as it is, ``tags`` replaces the whole set."""

    traffic: Traffic | None = None
    mirror: Traffic | None = None
    tags: Mapping[str, str] | None = None


class EndpointsClient:
    """Reads and writes online endpoints."""

    def get(self, name: str) -> Endpoint:
        """The endpoint as it is now.

        Raises:
            ResourceNotFound: there is none of that name.
        """
        raise NotImplementedError

    def find(self, name: str) -> Endpoint | None:
        """The endpoint, or None when there is none of that name."""
        raise NotImplementedError

    def list(self) -> list[Endpoint]:
        """Every endpoint of the workspace, by name."""
        raise NotImplementedError

    def create(self, yaml: Path) -> Endpoint:
        """Bring the endpoint of ``yaml`` into being, or an existing one up to it, its traffic and mirror kept."""
        raise NotImplementedError

    def change(
        self, name: str, edit: Callable[[Endpoint], EndpointEdit], *, deadline: Deadline | None = None
    ) -> Endpoint:
        """Read, let ``edit`` say what changes, write the whole resource, and wait until a read shows it."""
        raise NotImplementedError

    def delete(self, name: str) -> None:
        """Delete the endpoint with its slots, and wait until it is gone."""
        raise NotImplementedError

    def keys(self, name: str) -> Keys:
        """Both keys of an endpoint whose ``auth_mode`` is key."""
        raise NotImplementedError

    def regenerate_key(self, name: str, which: KeyKind) -> None:
        """Replace one key; the other goes on working."""
        raise NotImplementedError
