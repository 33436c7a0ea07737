"""Which source wins: flag, then RETAILCTL_*, then the older unprefixed names, then the profile, then the default."""

from __future__ import annotations

from collections.abc import Mapping

from retailctl.config.connection import CloudEndpoints
from retailctl.config.profiles import ProfileFile, read_profiles
from retailctl.config.project import Project
from retailctl.config.settings import LOCAL_PROFILE, ROWS, Row, Scalar, Settings
from retailctl.errors import InvalidConfig

PROFILE_VARIABLE = "RETAILCTL_PROFILE"


def resolve(flags: Mapping[str, object | None], environ: Mapping[str, str], project: Project) -> Settings:
    """The settings of one invocation.

    Args:
        flags: setting name (or ``profile``) -> what the command line said; None where it said nothing.

    Raises:
        InvalidConfig: a value of the wrong kind; a stray unprefixed variable that contradicts ``--profile``.
        ProfileNotFound: the profile asked for does not exist.
    """
    file = read_profiles(project.file)
    name, chosen_by = _profile_name(flags, environ, file)
    asked = bool(flags.get("profile") or environ.get(PROFILE_VARIABLE))
    profile = file.profile(name)
    values: dict[str, Scalar] = {}
    origins = {"profile": chosen_by} if chosen_by else {}
    for row in ROWS:
        found = _find(row, flags, environ, profile, f"profile {name} ({project.file.name})" if project.file else "")
        if asked:
            _refuse_stray(row, flags, environ, profile, name)
        if found:
            values[row.name], origins[row.name] = found
    cloud = {key.removeprefix("cloud."): str(values.pop(key)) for key in list(values) if key.startswith("cloud.")}
    return Settings(
        profile=name,
        cloud=CloudEndpoints(**cloud),
        origins=origins,
        **values,  # type: ignore[arg-type]  # each was read by its own row
    )


def _profile_name(
    flags: Mapping[str, object | None], environ: Mapping[str, str], file: ProfileFile
) -> tuple[str, str | None]:
    """The profile, and which source chose it; None where none did."""
    flag = flags.get("profile")
    if flag:
        return str(flag), "flag --profile"
    if environ.get(PROFILE_VARIABLE):
        return environ[PROFILE_VARIABLE], f"environment {PROFILE_VARIABLE}"
    if file.file is None or file.default_profile == LOCAL_PROFILE:
        return file.default_profile, None
    return file.default_profile, f"default_profile ({file.file.name})"


def _find(
    row: Row,
    flags: Mapping[str, object | None],
    environ: Mapping[str, str],
    profile: Mapping[str, object],
    where: str,
) -> tuple[Scalar, str] | None:
    flag = flags.get(row.name)
    if flag is not None:
        origin = f"flag {row.flag}"
        return row.read(flag, origin), origin
    for variable in (row.variable, row.unprefixed):
        if variable and environ.get(variable):
            origin = f"environment {variable}"
            return _unless_latest(row, row.read(environ[variable], origin)), origin
    if row.name in profile:
        return row.read(profile[row.name], where), where
    return None


def _unless_latest(row: Row, value: Scalar) -> Scalar:
    """The older ``MODEL_VERSION=latest`` means no fixed version: the highest is looked up and pinned."""
    return None if row.name == "model_version" and value == "latest" else value


def _refuse_stray(
    row: Row,
    flags: Mapping[str, object | None],
    environ: Mapping[str, str],
    profile: Mapping[str, object],
    name: str,
) -> None:
    """A leftover export must not turn another workspace's traffic."""
    stray = environ.get(row.unprefixed or "")
    decided = flags.get(row.name) is not None or environ.get(row.variable)
    if not stray or decided or row.name not in profile or str(profile[row.name]) == stray:
        return
    raise InvalidConfig(
        f"{row.unprefixed}={stray} contradicts profile {name}",
        reason=f"the profile says {row.name} = {profile[row.name]}",
        hint=f"unset {row.unprefixed}, or pass {row.flag}",
        details={"field": row.name},
    )
