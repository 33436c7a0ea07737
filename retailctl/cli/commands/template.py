"""``retailctl template``: the templates, and what they render."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.options import EndpointFlags, InstanceFlags, ModelFlags, SetOpt, TrainFlags, given
from retailctl.cli.table import Block, Cell, Table
from retailctl.rendering.catalogue import find
from retailctl.workflows.render import (
    RenderRequest,
    TemplateSummary,
    list_templates,
    render_template,
)

app = noun("template")

TemplateArg = Annotated[str, typer.Argument(help="The template.", metavar="NAME")]


@dataclass(frozen=True)
class Source:
    """A template, unrendered."""

    name: str
    path: Path
    text: str


@command(app, name="list", workspace=False)
def list_(cli: Invocation) -> None:
    """List the templates, and which of them the project overrides.

    Examples:
      retailctl template list
      retailctl template list -o json --query '[?overridden].path'
    """
    cli.out.result(cli.run(list_templates), _templates)


@command(app, workspace=False)
def show(cli: Invocation, name: TemplateArg) -> None:
    """Print a template as it is, unrendered.

    Examples:
      retailctl template show deployment
      retailctl template show train-job > templates/train-job.yml.j2
    """
    found = find(name, cli.project.templates_dirs)
    source = Source(name, found.path, found.path.read_text(encoding="utf-8"))
    cli.out.result(source, lambda shown: [shown.text.rstrip("\n")])


@command(app, TrainFlags, InstanceFlags, ModelFlags, EndpointFlags)
def render(
    cli: Invocation,
    name: TemplateArg,
    sets: SetOpt = None,
    slot: Annotated[str | None, typer.Option(help="Slot of a deployment; blue unless said.", metavar="SLOT")] = None,
    model: Annotated[str | None, typer.Option(help="Model of a deployment.", metavar="NAME:VERSION")] = None,
    image: Annotated[str | None, typer.Option(help="Image of a job or deployment.", metavar="IMAGE")] = None,
    job: Annotated[str | None, typer.Option(help="Job that a model comes from.", metavar="NAME")] = None,
    check: Annotated[bool, typer.Option("--check", help="Have azure-ai-ml load the result, too.")] = False,
) -> None:
    """Print what a template renders; az ml takes it as it is.

    Examples:
      retailctl template render deployment --slot green --set instance_count=2
      retailctl template render train-job --data data --check
      retailctl template render endpoint > endpoint.yml
    """
    request = RenderRequest(name, tuple(sets or ()), model=model, image=image, job=job, check=check, **given(slot=slot))
    result = cli.run(render_template, request)
    cli.out.result(result, lambda done: [done.text.rstrip("\n")], name=lambda done: str(done.file))


def _templates(templates: tuple[TemplateSummary, ...]) -> list[Block]:
    rows = [
        (each.name, each.meaning, Cell("project", "cyan") if each.overridden else "carried", each.path)
        for each in templates
    ]
    return [Table(("NAME", "RENDERS", "FROM", "FILE"), rows)]
