"""retailctl.toml: its profiles, checked key by key.

default_profile = "prod"

[profiles.prod]
subscription_id = "..."
resource_group = "retail-prod-rg"
workspace_name = "retail-prod-amlws"

[profiles.prod.cloud]              # only where it is not the public cloud
resource_manager = "https://..."
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retailctl.config.settings import BY_NAME, LOCAL_PROFILE
from retailctl.errors import InvalidConfig, ProfileNotFound

_TOP = ("default_profile", "profiles")


@dataclass(frozen=True)
class ProfileFile:
    """What retailctl.toml says: profile -> setting -> value as TOML has it."""

    file: Path | None
    default_profile: str
    profiles: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def profile(self, name: str) -> Mapping[str, object]:
        """The settings of one profile; the local one may be left out of the file.

        Raises:
            ProfileNotFound: with the profiles there are.
        """
        if name in self.profiles:
            return self.profiles[name]
        if name == LOCAL_PROFILE:
            return {}
        known = sorted({*self.profiles, LOCAL_PROFILE})
        where = self.file.name if self.file else "no retailctl.toml here"
        raise ProfileNotFound(
            f"there is no profile '{name}'",
            reason=f"{where}; the profiles are {', '.join(known)}",
            hint=f"the same line with --profile {_nearest(name, known) or LOCAL_PROFILE}"
            if self.file
            else "retailctl init, then fill in the profile",
        )


def read_profiles(file: Path | None) -> ProfileFile:
    """Read retailctl.toml; without a file there is the local profile alone.

    Raises:
        InvalidConfig: not readable, not TOML, an unknown key (with the nearest known one), a wrong type.
    """
    if file is None:
        return ProfileFile(None, LOCAL_PROFILE)
    document = _parse(file)
    _refuse_unknown(document, _TOP, file, "")
    profiles = document.get("profiles", {})
    if not isinstance(profiles, dict):
        raise _wrong(file, "profiles is not a table", "write [profiles.NAME]")
    default = document.get("default_profile", LOCAL_PROFILE)
    if not isinstance(default, str):
        raise _wrong(file, "default_profile is not text", 'default_profile = "local"')
    read = {name: _read_profile(name, table, file) for name, table in profiles.items()}
    return ProfileFile(file, default, read)


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(file, "it is not TOML", str(error)) from error
    except OSError as error:
        raise _wrong(file, "it cannot be read", error.strerror or str(error)) from error


def _read_profile(name: str, table: object, file: Path) -> dict[str, object]:
    if not isinstance(table, dict):
        raise _wrong(file, f"profiles.{name} is not a table", f"write [profiles.{name}]")
    flat: dict[str, object] = {}
    for key, value in table.items():
        if key == "cloud" and isinstance(value, dict):
            flat.update({f"cloud.{part}": address for part, address in value.items()})
        else:
            flat[key] = value
    _refuse_unknown(flat, BY_NAME, file, f"profiles.{name}.")
    return {key: BY_NAME[key].read(value, f"profile {name} ({file.name})") for key, value in flat.items()}


def _refuse_unknown(table: Mapping[str, object], known: Collection[str], file: Path, prefix: str) -> None:
    for key in table:
        if key in known:
            continue
        near = _nearest(key, known)
        line = _line_of(file, key.rpartition(".")[2])
        raise InvalidConfig(
            f"{file.name}:{line}: unknown key '{prefix}{key}'",
            reason=f"did you mean '{prefix}{near}'?" if near else "the keys are " + ", ".join(sorted(known)),
            hint=f"edit {file}",
            details={"file": str(file), "line": line, "field": prefix + key},
        )


def _nearest(word: str, known: Collection[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def _line_of(file: Path, key: str) -> int:
    """The first line that sets ``key``; TOML's parser gives none."""
    lines = file.read_text(encoding="utf-8").splitlines()
    names = (line.split("=")[0].strip(" \t[]\"'").rpartition(".")[2].strip("\"' ") for line in lines)
    return next((number for number, name in enumerate(names, 1) if name == key), 1)


def _wrong(file: Path, what: str, why: str) -> InvalidConfig:
    return InvalidConfig(f"{file.name}: {what}", reason=why, hint=f"edit {file}", details={"file": str(file)})
