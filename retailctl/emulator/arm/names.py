"""Which names Azure ML accepts, by kind of resource.

Endpoint and deployment: 3 to 32 characters, a letter first, then letters, digits and hyphens, none at the end
(limits page of managed online endpoints). Assets and jobs: 1 to 255 characters, letters, digits, `-`, `_` and
`.`, a letter or digit first. Model versions are integers, versions of other assets any name of up to 30
characters or a hash.
"""

from __future__ import annotations

import re

from retailctl.emulator.arm.errors import ArmError, bad_request

_ENDPOINT = re.compile(r"[a-zA-Z](?:[a-zA-Z0-9-]{1,30}[a-zA-Z0-9])")
_ASSET = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}")
_VERSION = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}")
_COMPUTE = re.compile(r"[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9-]{2,23}")
_INTEGER = re.compile(r"[0-9]{1,18}")


def _refused(kind: str, name: str, rule: str) -> ArmError:
    return bad_request(f"{kind} name {name!r} is not allowed: {rule}.", target="name")


def check_endpoint(name: str, kind: str = "Endpoint") -> None:
    """Raise ArmError unless `name` may name an endpoint or a deployment."""
    if not _ENDPOINT.fullmatch(name):
        raise _refused(
            kind, name, "3 to 32 letters, digits and hyphens, starting with a letter, ending with a letter or digit"
        )


def check_asset(name: str, kind: str) -> None:
    """Raise ArmError unless `name` may name an asset or a job."""
    if not _ASSET.fullmatch(name):
        raise _refused(kind, name, "1 to 255 letters, digits, '-', '_' and '.', starting with a letter or digit")


def check_compute(name: str) -> None:
    """Raise ArmError unless `name` may name a compute."""
    if not _COMPUTE.fullmatch(name):
        raise _refused(
            "Compute",
            name,
            "3 to 24 letters, digits and hyphens, starting with a letter, without a hyphen and a number at its end",
        )


def check_version(version: str, kind: str, *, integer: bool = False) -> None:
    """Raise ArmError unless `version` may be a version; models want an integer."""
    if integer and not _INTEGER.fullmatch(version):
        raise bad_request(f"{kind} version {version!r} is not an integer.", target="version")
    if not _VERSION.fullmatch(version):
        raise bad_request(f"{kind} version {version!r} is not allowed.", target="version")
