"""How retailctl logs in to a registry: Docker's own store of credentials, read the way that Docker reads it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

from retailctl.domain.redaction import short
from retailctl.errors import NotLoggedIn


@dataclass(frozen=True)
class RegistryLogin:
    """A user with a password, or an identity token in place of both; neither is ever shown."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def for_engine(self) -> dict[str, str]:
        """The form that an engine takes."""
        if self.identity_token:
            return {"identitytoken": self.identity_token}
        return {"username": self.username, "password": self.password}


ANONYMOUS = RegistryLogin()


def stored_login(host: str) -> RegistryLogin:
    """What ``docker login`` left for ``host``: in config.json, or in the helper that it names; else nobody.

    Raises:
        NotLoggedIn: the helper cannot be run, or fails.
    """
    import docker.auth
    from docker.errors import DockerException

    try:
        with warnings.catch_warnings(action="ignore"):  # that a helper is missing is told below
            found = docker.auth.load_config().resolve_authconfig(host) or {}
    except (DockerException, OSError, ValueError) as error:
        raise NotLoggedIn(
            f"Docker's credentials for {host} cannot be read", reason=short(str(error)), hint=f"docker login {host}"
        ) from error
    known = {str(name).lower(): str(value) for name, value in found.items() if value}
    return RegistryLogin(known.get("username", ""), known.get("password", ""), known.get("identitytoken", ""))
