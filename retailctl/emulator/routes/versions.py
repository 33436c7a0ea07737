"""Which api-versions are answered, and how one that is not known here is: refused, or answered with a warning."""

from __future__ import annotations

import logging
import re

from starlette.requests import Request
from starlette.responses import Response

from retailctl.emulator.arm.errors import ArmError

_log = logging.getLogger(__name__)

API_VERSIONS = frozenset(
    {
        "2022-02-01-preview",
        "2022-05-01",
        "2022-10-01",
        "2022-10-01-preview",
        "2023-02-01-preview",
        "2023-04-01",
        "2023-04-01-preview",
        "2023-06-01-preview",
        "2023-08-01-preview",
        "2023-10-01",
        "2024-01-01-preview",
        "2024-04-01",
        "2024-04-01-preview",
        "2024-10-01",
        "2024-10-01-preview",
        "2025-01-01-preview",
        "2025-12-01",
    }
)
_WELL_FORMED = re.compile(r"\d{4}-\d{2}-\d{2}(-preview|-privatepreview)?", re.IGNORECASE)


def check_api_version(request: Request, *, loose: bool = False) -> None:
    """Raise ArmError (400) unless the request names a version that is known here, or any version where `loose`."""
    version = request.query_params.get("api-version")
    if not version:
        raise ArmError(400, "MissingApiVersionParameter", "The query parameter api-version is required.")
    if version in API_VERSIONS or (loose and _WELL_FORMED.fullmatch(version)):
        return
    known = ", ".join(sorted(API_VERSIONS))
    message = f"The api-version '{version[:40]}' is not supported here. Supported: {known}."
    raise ArmError(400, "NoRegisteredProviderFound", message)


def warn(request: Request, response: Response) -> Response:
    """The answer, with a warning (RFC 7234, 299) where its version is not known here."""
    version = request.query_params.get("api-version", "")
    if version not in API_VERSIONS:
        text = f"The local Azure ML does not know api-version {version}; it answers as it does to those it knows."
        response.headers["Warning"] = f'299 - "{text}"'
        _log.warning("%s %s: %s", request.method, request.url.path, text)
    return response
