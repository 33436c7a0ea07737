"""``retailctl image``: images in the registry, and trying one out."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.options import DryRunOpt, EndpointFlags, LimitOpt, ModelFlags, SetOpt, YesOpt, duration, seconds
from retailctl.cli.views.images import image_change, image_detail, image_list, rehearsed
from retailctl.workflows.images import ListImages, delete_image, list_images, show_image
from retailctl.workflows.rehearsal import RehearsalRequest, rehearse

app = noun("image")


@command(app, ModelFlags, EndpointFlags)
def run(
    cli: Invocation,
    image: Annotated[str, typer.Argument(help="infer: the one that deployments run.", metavar="IMAGE")] = "infer",
    model: Annotated[
        str | None, typer.Option(help="Model version; by default the highest.", metavar="NAME:VERSION")
    ] = None,
    named: Annotated[
        str | None, typer.Option("--image", help="Image, instead of the project's own.", metavar="REF")
    ] = None,
    sets: SetOpt = None,
    memory: Annotated[
        int | None, typer.Option("--memory-mb", help="Memory that the container may take.", metavar="MB", min=32)
    ] = None,
    timeout: Annotated[
        str | None, duration("--timeout", help="Time to become ready; by default what its probe allows.")
    ] = None,
) -> None:
    """Run the inference image here as Azure would, and tell what would fail there.

    The model is mounted where Azure mounts it, the routes are probed with the deployment's own times, and the model's
    sample request is sent. It ends with 9 when a deployment would not come up.

    Examples:
      retailctl image run infer --model retail-forecast:7
      retailctl image run --memory-mb 1024 --timeout 30s
    """
    if image != "infer":
        raise typer.BadParameter(f"'{image}' does not serve; only infer does")
    memory_bytes = memory << 20 if memory else None
    request = RehearsalRequest(model, named, tuple(sets or ()), memory_bytes, seconds(timeout))
    result = cli.run(rehearse, request)
    cli.out.result(result, rehearsed, name=lambda done: done.image)
    cli.out.next(result.next)


@command(app, name="list")
def list_(
    cli: Invocation,
    image: Annotated[str | None, typer.Argument(help="train or infer; both unless said.", metavar="IMAGE")] = None,
    limit: LimitOpt = 30,
) -> None:
    """List the images in the registry, the newest first, and what refers to them.

    Examples:
      retailctl image list
      retailctl image list infer -o json --query 'images[0].digest'
    """
    page = cli.run(list_images, ListImages(image, limit))
    cli.out.result(page, image_list, name=lambda shown: "\n".join(f"{i.repository}@{i.digest}" for i in shown.images))
    cli.out.more(page.more, limit)


@command(app)
def show(
    cli: Invocation,
    image: Annotated[
        str, typer.Argument(help="train or infer (the newest), REPOSITORY:TAG or REPOSITORY@DIGEST.", metavar="IMAGE")
    ],
) -> None:
    """Show an image: its digest, tags, revision and labels, and what refers to it.

    Examples:
      retailctl image show infer
      retailctl image show retail/infer:1.4.0 -o json --query reference
    """
    cli.out.result(cli.run(show_image, image), image_detail, name=lambda shown: shown.reference)


@command(app)
def delete(
    cli: Invocation,
    image: Annotated[str, typer.Argument(help="REPOSITORY:TAG or REPOSITORY@DIGEST.", metavar="IMAGE")],
    dry_run: DryRunOpt = False,
    yes: YesOpt = False,
) -> None:
    """Delete an image with all its tags; one that a slot or an environment refers to is kept.

    Examples:
      retailctl image delete retail/infer:1.3.0 --dry-run
      retailctl image delete retail/infer:1.3.0 --yes
    """
    planned = cli.run(delete_image, image, dry_run=True)
    if dry_run:
        cli.out.result(planned, image_change, name=lambda done: done.name)
        return
    gone = f" with its tags {', '.join(planned.tags)}" if planned.tags else ""
    cli.out.confirm(f"Delete image {planned.name}{gone} for good?", yes=yes)
    cli.out.result(cli.run(delete_image, image), image_change, name=lambda done: done.name)
