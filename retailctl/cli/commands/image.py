"""``retailctl image``: images in the registry."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, noun
from retailctl.cli.options import DryRunOpt, LimitOpt, YesOpt
from retailctl.cli.views.images import image_change, image_detail, image_list
from retailctl.workflows.images import ListImages, delete_image, list_images, show_image

app = noun("image")


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
