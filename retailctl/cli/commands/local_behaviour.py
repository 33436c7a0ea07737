"""``retailctl local pace|step|faults|chaos``: how fast the local Azure ML moves, and what goes wrong in it."""

import json
from typing import Annotated, Any

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command
from retailctl.cli.local_control import LocalControl
from retailctl.cli.options import DryRunOpt, given
from retailctl.cli.table import Block, Fields, Table

PACES = ("immediate", "realistic", "timed", "manual")
CHAOS_KINDS = ("throttle", "unavailable", "drop-before", "drop-middle", "drop-after", "delay", "lost-poll")
_ACTIONS = ("list", "add", "clear")
_COUNTS = ("id", "kind", "left", "met")


def add_to(app: typer.Typer) -> None:
    """Declare the commands of this file."""
    for body in (pace, step, faults, chaos):
        command(app, workspace=False)(body)


def pace(
    cli: Invocation,
    name: Annotated[str | None, typer.Argument(help=f"One of {', '.join(PACES)}.", metavar="[PACE]")] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="Seconds of one transition; repeatable, makes it timed.", metavar="NAME=SECONDS"),
    ] = None,
) -> None:
    """Show or change how long things take in the local Azure ML; the state keeps it.

    Examples:
      retailctl local pace
      retailctl local pace --set deployment.write=5 --set job.queue=2
      retailctl local pace manual
    """
    control = _control(cli)
    if name is None and not sets:
        found = control.ask("GET", "/pace")
    else:
        found = control.ask("PUT", "/pace", _wanted(control, name, sets or []))
    cli.out.result(found, _pace_view, name=lambda shown: str(shown["pace"]))


def step(
    cli: Invocation,
    which: Annotated[
        str | None, typer.Argument(help="A transition's name or id; all that wait unless said.", metavar="[NAME]")
    ] = None,
    dry_run: DryRunOpt = False,
) -> None:
    """Let transitions go on that wait, as they do at the pace manual; of those with one name, the oldest.

    Examples:
      retailctl local step
      retailctl local step deployment.write
      retailctl local step --dry-run
    """
    control = _control(cli)
    if dry_run:
        found = control.ask("GET", "/transitions")["value"]
    else:
        path = f"/transitions/{which}/step" if which else "/transitions/step"
        found = control.ask("POST", path, about="waiting transition")["value"]
    cli.out.result(found, _steps_view, name=lambda shown: "\n".join(each["transition"] for each in shown))


def faults(
    cli: Invocation,
    action: Annotated[str, typer.Argument(help="list, add or clear.", metavar="[ACTION]")] = "list",
    fields: Annotated[
        list[str] | None,
        typer.Argument(help="Of add: fields of the fault; of clear: its id, or all.", metavar="[FIELD=VALUE | ID]..."),
    ] = None,
) -> None:
    """List the faults that requests meet in the local Azure ML, add one, or clear them.

    Fields: kind (status, drop, delay, trickle, stuck, fail), method, path, operation, count, after, probability, seed,
    endpoint and slot for scoring requests, and the kind's own, which the emulator's README lists. They end with the
    server.

    Examples:
      retailctl local faults add kind=status status=429 retry_after_s=2 operation=Jobs_CreateOrUpdate count=3
      retailctl local faults add kind=status status=424 endpoint=shop slot=green count=null probability=0.2
      retailctl local faults clear
    """
    words = fields or []
    if action not in _ACTIONS:
        raise typer.BadParameter(f"'{action}' is none of {', '.join(_ACTIONS)}")
    if (action == "list" and words) or (action == "clear" and len(words) > 1):
        raise typer.BadParameter(f"too many words after '{action}'")
    control = _control(cli)
    if action == "add":
        control.ask("POST", "/faults", dict(map(_field, words)))
    elif action == "clear":
        control.ask("DELETE", f"/faults/{words[0]}" if words else "/faults", about="fault")
    found = control.ask("GET", "/faults")["value"]
    cli.out.result(found, _faults_view, name=lambda shown: "\n".join(each["id"] for each in shown))


def chaos(
    cli: Invocation,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same faults.", metavar="N")] = None,
    rate: Annotated[float | None, typer.Option(help="Share of the requests that meet one.", metavar="SHARE")] = None,
    kinds: Annotated[
        str | None, typer.Option(help=f"Only these kinds, of {', '.join(CHAOS_KINDS)}.", metavar="KIND,...")
    ] = None,
    planes: Annotated[
        str | None, typer.Option(help="Where: management, storage (both unless said), scoring.", metavar="PLANE,...")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="End it.")] = False,
) -> None:
    """Begin, show or end a seeded stream of faults that a correct client survives.

    Examples:
      retailctl local chaos --seed 7 --rate 0.1
      retailctl local chaos
      retailctl local chaos --off
    """
    lists = {"kinds": kinds and kinds.split(","), "planes": planes and planes.split(",")}
    control, wanted = _control(cli), given(seed=seed, rate=rate, **lists)
    if off and wanted:
        raise typer.BadParameter("--off takes no other option with it")
    if off:
        control.ask("DELETE", "/chaos")
    elif wanted:
        control.ask("PUT", "/chaos", wanted)
    found = control.ask("GET", "/chaos")
    cli.out.result(found, _chaos_view, name=lambda shown: "on" if shown["on"] else "off")


def _control(cli: Invocation) -> LocalControl:
    return LocalControl(cli.project.state_dir, cli.runtime.clock())


def _wanted(control: LocalControl, name: str | None, sets: list[str]) -> dict[str, Any]:
    """The pace to put; what was set singly stays, unless a pace is named."""
    if not sets:
        return {"pace": name}
    if name not in {None, "timed"}:
        raise typer.BadParameter(f"--set goes with the pace timed, not {name}")
    now = control.ask("GET", "/pace")
    kept = now["transitions"] if name is None and now["pace"] == "timed" else {}
    return {"pace": "timed", "transitions": {**kept, **dict(map(_seconds, sets))}}


def _field(word: str) -> tuple[str, Any]:
    """A field of a fault; its value is JSON where it is that, and else text."""
    name, equals, value = word.partition("=")
    if not equals:
        raise typer.BadParameter(f"'{word}' is no FIELD=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _seconds(word: str) -> tuple[str, float]:
    name, _, value = word.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        raise typer.BadParameter(f"'{word}' is no NAME=SECONDS") from error


def _pace_view(found: dict[str, Any]) -> list[Block]:
    times = {name: "by hand" if each is None else f"{each:g} s" for name, each in found["transitions"].items()}
    return [Fields([("pace", found["pace"]), *times.items()])]


def _steps_view(found: list[dict[str, Any]]) -> list[Block]:
    if not found:
        return ["Nothing waits."]
    return [Table(("transition", "of", "since"), [(x["transition"], x["resource"], x["since"]) for x in found])]


def _faults_view(found: list[dict[str, Any]]) -> list[Block]:
    if not found:
        return ["No fault is in force."]
    rows = [(*(each[name] for name in _COUNTS[:2]), _left(each), each["met"], _rest(each)) for each in found]
    return [Table((*_COUNTS, "of"), rows)]


def _left(fault: dict[str, Any]) -> object:
    return "no end" if fault["left"] is None else fault["left"]


def _rest(fault: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in fault.items() if name not in _COUNTS)


def _chaos_view(found: dict[str, Any]) -> list[Block]:
    return [Fields([(name.replace("_", " "), _spoken(value)) for name, value in found.items()])]


def _spoken(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{count} {kind}" for kind, count in value.items()) or "none yet"
    return ", ".join(value) if isinstance(value, list) else value
