"""What goes wrong between retailctl and a Docker engine, in words of our own.

Errors of a build and of a push arrive inside the engine's stream, as text; those of a single call as exceptions of the
Docker SDK, of requests, or of urllib3. None of them gets further than this package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from retailctl.domain.redaction import short
from retailctl.errors import (
    ApiRefused,
    Forbidden,
    NotLoggedIn,
    ResourceNotFound,
    RetailctlError,
    ServerFault,
    Unavailable,
    Unreachable,
)

MAKE_ROOM = "docker system df, then docker system prune; then run the command again"
START_ENGINE = "start Docker, or set DOCKER_HOST to where it runs; retailctl doctor looks again"

_NO_ROOM = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_NO_LOGIN = re.compile(
    r"unauthorized|no basic auth credentials|authentication required|incorrect username or password|\b401\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\bdenied\b|\b403\b|insufficient_scope", re.IGNORECASE)
_TRANSIENT = re.compile(
    r"connection reset|broken pipe|\bEOF\b|i/o timeout|timeout exceeded|deadline exceeded|connection refused"
    r"|TLS handshake|no such host|server misbehaving|network is unreachable|no route to host|temporary failure"
    r"|\b(?:429|500|502|503|504)\b|toomanyrequests|use of closed network connection",
    re.IGNORECASE,
)


def is_transient(text: str) -> bool:
    """Whether a registry that failed so may well take the same thing a moment later."""
    return bool(_TRANSIENT.search(text)) and not _NO_LOGIN.search(text)


def no_room(text: str) -> Unavailable | None:
    """The failure of an engine whose disk is full; None for any other text."""
    if not _NO_ROOM.search(text):
        return None
    return Unavailable("the Docker engine has no disk space left", reason=short(text), hint=MAKE_ROOM)


def registry_failure(text: str, host: str, doing: str) -> RetailctlError:
    """What the engine told of a registry, as a failure: ``doing`` is "pushing retail/infer"."""
    full = no_room(text)
    if full:
        return full
    what, reason = f"{doing}: {host}", short(text)
    if _NO_LOGIN.search(text):
        return NotLoggedIn(f"{what} does not accept the login", reason=reason, hint=login_line(host))
    if _DENIED.search(text):
        return Forbidden(f"{what} does not allow it", reason=reason, hint="retailctl doctor")
    if is_transient(text):
        return Unreachable(
            f"{what} does not answer as it should",
            reason=reason,
            hint="run the command again: layers that arrived stay",
        )
    return ApiRefused(f"{what} refused it", reason=reason, hint="retailctl doctor")


def login_line(host: str) -> str:
    """How one logs in to a registry."""
    return "az login" if is_azure(host) else f"docker login {host}"


def is_azure(host: str) -> bool:
    """Whether a host is an Azure Container Registry, by its name: nobody is trusted for saying that he is one."""
    return host.endswith((".azurecr.io", ".azurecr.us", ".azurecr.cn"))


def engine_gone(reason: str | None = None) -> Unavailable:
    """The failure of an engine that stopped in the middle of its work."""
    return Unavailable("the Docker engine stopped answering", reason=reason, hint=START_ENGINE)


@contextmanager
def engine_calls(what: str) -> Iterator[None]:
    """Calls of the Docker SDK, whose failures come out as ours; ``what`` is the image or container they are about."""
    import docker.errors
    import requests.exceptions
    import urllib3.exceptions

    try:
        yield
    except docker.errors.NotFound as error:
        raise ResourceNotFound(
            f"the Docker engine has no {what}", reason=short(str(error.explanation or "")), hint="retailctl build"
        ) from error
    except docker.errors.APIError as error:
        raise _refused(error.explanation or str(error), what, error.is_server_error()) from error
    except docker.errors.DockerException as error:
        raise engine_gone(short(str(error))) from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        raise engine_gone(type(error).__name__) from error


def _refused(explanation: object, what: str, fault: bool) -> RetailctlError:
    text = str(explanation)
    kind = ServerFault if fault else ApiRefused
    return no_room(text) or kind(f"the Docker engine refused {what}", reason=short(text), hint="retailctl doctor")
