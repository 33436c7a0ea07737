"""Options that several commands share: one spelling, one short form, one help text each.

The fields of an option group become options of every command declared with it. The groups other than
:class:`OutputFlags` hold settings: a field's name is the setting's, and what the line says wins over every other
source of it (retailctl.config.resolve).
"""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from retailctl.domain.durations import parse_duration

FORMATS = ("table", "json", "yaml", "tsv", "name", "none")
PROGRESS = ("auto", "live", "plain", "json", "none")
_OUTPUT = "Output"
_WORKSPACE = "Workspace"


def choice(*spellings: str, of: tuple[str, ...], help: str, metavar: str, **rest: Any) -> Any:
    """An option that takes one of a few words, which its help lists; a near miss is told."""

    known = {word.lower(): word for word in of}

    def check(value: str | None) -> str | None:
        if value is None or value.lower() in known:
            return value and known[value.lower()]
        near = get_close_matches(value.lower(), known, n=1)
        guess = f" Did you mean {known[near[0]]}?" if near else ""
        raise typer.BadParameter(f"'{value}' is none of {', '.join(of)}.{guess}")

    def complete(incomplete: str) -> list[str]:
        return [word for word in of if word.startswith(incomplete)]

    words = f"{help} One of {', '.join(of)}."
    return typer.Option(
        *spellings, help=words, metavar=metavar, callback=check, autocompletion=complete, show_envvar=False, **rest
    )


def duration(*spellings: str, help: str) -> Any:
    """An option that takes a time with its unit; the body reads it with :func:`seconds`."""
    return typer.Option(*spellings, help=help, metavar="TIME")


def seconds(text: str | None) -> float | None:
    """What a :func:`duration` option said, in seconds.

    Raises:
        InvalidInput: a number without a unit, or no time at all.
    """
    return None if text is None else parse_duration(text)


def given(**values: Any) -> dict[str, Any]:
    """The values that were given: what is None is left to the request's own default."""
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class OutputFlags:
    """How the result is shown."""

    output: Annotated[
        str | None,
        choice(
            "--output",
            "-o",
            of=FORMATS,
            envvar="RETAILCTL_OUTPUT",
            metavar="FORMAT",
            help="Form of the result; RETAILCTL_OUTPUT does the same.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None
    query: Annotated[
        str | None,
        typer.Option(help="JMESPath to take a part of the result.", metavar="JMESPATH", rich_help_panel=_OUTPUT),
    ] = None
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only the name of the result.", rich_help_panel=_OUTPUT)
    ] = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell more while working.", rich_help_panel=_OUTPUT)
    ] = False
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show requests, and the whole chain of an error.", rich_help_panel=_OUTPUT),
    ] = False
    no_color: Annotated[
        bool, typer.Option("--no-color", help="No colours; NO_COLOR does the same.", rich_help_panel=_OUTPUT)
    ] = False
    progress: Annotated[
        str,
        choice(
            "--progress",
            of=PROGRESS,
            envvar="RETAILCTL_PROGRESS",
            metavar="HOW",
            help="How work is told on stderr: live on a terminal, a line a change elsewhere.",
            rich_help_panel=_OUTPUT,
        ),
    ] = "auto"


@dataclass(frozen=True, slots=True)
class WorkspaceFlags:
    """Which workspace to work on; usually a profile says it all."""

    profile: Annotated[
        str | None,
        typer.Option(
            help="Section of retailctl.toml: local, or one of yours. RETAILCTL_PROFILE does the same.",
            metavar="NAME",
            rich_help_panel=_WORKSPACE,
        ),
    ] = None
    subscription_id: Annotated[
        str | None,
        typer.Option("--subscription", help="Azure subscription.", metavar="ID", rich_help_panel=_WORKSPACE),
    ] = None
    resource_group: Annotated[
        str | None,
        typer.Option(
            "--resource-group", "-g", help="Azure resource group.", metavar="NAME", rich_help_panel=_WORKSPACE
        ),
    ] = None
    workspace_name: Annotated[
        str | None,
        typer.Option("--workspace-name", "-w", help="Azure ML workspace.", metavar="NAME", rich_help_panel=_WORKSPACE),
    ] = None


@dataclass(frozen=True, slots=True)
class EndpointFlags:
    """Which endpoint."""

    endpoint_name: Annotated[
        str | None,
        typer.Option("--endpoint", help="Online endpoint.", metavar="NAME", rich_help_panel=_WORKSPACE),
    ] = None


@dataclass(frozen=True, slots=True)
class TrainFlags:
    """What to train on, and where."""

    data: Annotated[
        str | None,
        typer.Option(help="Folder of training data, or an azureml: reference.", metavar="DIR"),
    ] = None
    compute: Annotated[str | None, typer.Option(help="Compute cluster of the job.", metavar="NAME")] = None
    experiment_name: Annotated[
        str | None, typer.Option("--experiment", help="Experiment of the job.", metavar="NAME")
    ] = None


@dataclass(frozen=True, slots=True)
class ModelFlags:
    """Which registered model."""

    model_name: Annotated[
        str | None, typer.Option("--model-name", help="Name of the registered model.", metavar="NAME")
    ] = None


@dataclass(frozen=True, slots=True)
class InstanceFlags:
    """What a slot runs on."""

    instance_type: Annotated[str | None, typer.Option(help="VM size of the slot's instances.", metavar="SIZE")] = None
    instance_count: Annotated[str | None, typer.Option(help="Instances of the slot.", metavar="N")] = None


@dataclass(frozen=True, slots=True)
class RunnerFlags:
    """What runs images on this machine."""

    runner: Annotated[
        str | None,
        choice("--runner", of=("auto", "docker", "process"), metavar="RUNNER", help="What runs images."),
    ] = None


SlotOpt = Annotated[
    str | None,
    typer.Option("--slot", help="The slot: blue or green.", metavar="SLOT", autocompletion=lambda: ["blue", "green"]),
]
YesOpt = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; needed off a terminal.")]
DryRunOpt = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and send nothing.")]
ExitCodeOpt = Annotated[
    bool, typer.Option("--exit-code", help="With --dry-run: exit with 10 if something would change.")
]
WaitOpt = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the end, and fail if the work fails.")]
TimeoutOpt = Annotated[str | None, duration("--timeout", help="Stop waiting after this time, such as 30m.")]
IntervalOpt = Annotated[str | None, duration("--interval", help="Time between two looks, such as 5s.")]
SetOpt = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override one field of the rendered YAML; repeatable.", metavar="PATH=VALUE"),
]
ChampionOpt = Annotated[
    str | None,
    typer.Option(
        "--champion",
        help="The model to beat: live (the version that takes the traffic), a version, NAME:VERSION, or a job.",
        metavar="REF",
    ),
]
ConfidenceOpt = Annotated[
    float,
    typer.Option(
        "--confidence", help="How surely the candidate must be better: the share of the interval.", metavar="SHARE"
    ),
]
LimitOpt = Annotated[int, typer.Option("--limit", "-L", help="Show at most so many.", metavar="N")]
DirectoryOpt = Annotated[
    Path, typer.Option("--download-path", "-p", help="Folder to download into.", metavar="DIR", show_default=False)
]
AssetNameOpt = Annotated[str | None, typer.Option("--name", "-n", help="Only versions of this name.", metavar="NAME")]
ArchivedOpt = Annotated[bool, typer.Option("--archived", help="Archived versions, too.")]
