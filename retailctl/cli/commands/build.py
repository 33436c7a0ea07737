"""``retailctl build``: the Dockerfiles of the images, rendered with what they copy."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import DryRunOpt
from retailctl.cli.table import Block, Table
from retailctl.workflows.build import BuildRequest, BuildResult
from retailctl.workflows.build import build as render_images

app = verb()


@command(app)
def build(
    cli: Invocation,
    images: Annotated[
        list[str] | None, typer.Argument(help="train or infer; both unless said.", metavar="IMAGE")
    ] = None,
    dry_run: DryRunOpt = False,
) -> None:
    """Render the Dockerfiles of the training and inference images.

    Each Dockerfile is left in a folder with everything it copies; the image is named by that content. No image is
    built: docker build does that, in the folder.

    Examples:
      retailctl build
      retailctl build infer --dry-run
    """
    request = BuildRequest(images=tuple(images), dry_run=dry_run) if images else BuildRequest(dry_run=dry_run)
    result = cli.run(render_images, request)
    cli.out.result(result, _images, name=lambda done: "\n".join(image.reference for image in done.images))
    cli.out.next(result.next)


def _images(result: BuildResult) -> list[Block]:
    rows = [(image.name, image.reference, image.context, image.changed) for image in result.images]
    return [Table(("IMAGE", "REFERENCE", "FOLDER", "CHANGED"), rows)]
