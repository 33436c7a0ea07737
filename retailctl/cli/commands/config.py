"""``retailctl config``: the settings, and where each comes from."""

from dataclasses import dataclass

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.options import EndpointFlags
from retailctl.cli.table import Block, Cell, Fields, Table
from retailctl.config.profiles import read_profiles
from retailctl.config.project import FILE_NAME
from retailctl.config.resolve import resolve
from retailctl.config.settings import LOCAL_PROFILE, ROWS, Scalar

app = noun("config")


@dataclass(frozen=True)
class Shown:
    """One setting as it stands."""

    name: str
    value: Scalar
    origin: str


@dataclass(frozen=True)
class Places:
    """Where this invocation looks."""

    root: str
    file: str | None
    state: str
    templates: tuple[str, ...]
    code: str


@dataclass(frozen=True)
class Validated:
    """The profiles of a project file, all of which can be read."""

    file: str | None
    default_profile: str
    profiles: tuple[str, ...]


@command(app, EndpointFlags)
def show(cli: Invocation) -> None:
    """Show every setting, and which source won: flag, environment, profile or default.

    Examples:
      retailctl config show
      retailctl config show --profile prod
      retailctl config show -o json --query "[?origin != 'default'].name"
    """
    settings = cli.settings
    rows = [Shown("profile", settings.profile, settings.origin("profile"))]
    rows += [Shown(row.name, settings.value(row.name), settings.origin(row.name)) for row in ROWS]
    cli.out.result(rows, _settings, name=lambda _: settings.profile)


@command(app, workspace=False)
def path(cli: Invocation) -> None:
    """Show where retailctl.toml, state, templates and code are found.

    Examples:
      retailctl config path
      retailctl config path -o json --query state
    """
    project = cli.project
    places = Places(
        root=str(project.root),
        file=str(project.file) if project.file else None,
        state=str(project.state_dir),
        templates=tuple(str(folder) for folder in project.templates_dirs),
        code=str(project.code_root),
    )
    cli.out.result(places, _places, name=lambda found: found.file or found.root)


@command(app, workspace=False)
def validate(cli: Invocation) -> None:
    """Check every profile of retailctl.toml; an error names the line and the nearest key.

    Examples:
      retailctl config validate
      retailctl config validate -o json
    """
    file = read_profiles(cli.project.file)
    names = sorted({*file.profiles, LOCAL_PROFILE})
    for name in names:
        resolve({"profile": name}, {}, cli.project)
    cli.out.result(
        Validated(str(file.file) if file.file else None, file.default_profile, tuple(names)),
        _validated,
        name=lambda done: done.default_profile,
    )


def _validated(done: Validated) -> list[Block]:
    file = f"{done.file} is valid" if done.file else f"there is no {FILE_NAME} here; the local profile needs none"
    return [f"{file}. Profiles: {', '.join(done.profiles)}."]


def _settings(rows: list[Shown]) -> list[Block]:
    cells = [
        (row.name, row.value, Cell(row.origin, "dim" if row.origin == "default" else "cyan"))
        for row in rows
        if row.value is not None or row.origin != "default"
    ]
    return [Table(("SETTING", "VALUE", "FROM"), cells)]


def _places(places: Places) -> list[Block]:
    return [
        Fields(
            [
                ("project", places.root),
                (FILE_NAME, places.file or "none here or above"),
                ("state", places.state),
                ("templates", "\n".join(places.templates)),
                ("code", places.code),
            ]
        )
    ]
