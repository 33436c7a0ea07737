"""``retailctl build``: the images of the project's code, built and pushed."""

from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import DryRunOpt
from retailctl.cli.views.images import built_images
from retailctl.images.context import IMAGES
from retailctl.workflows.build import BuildRequest
from retailctl.workflows.build import build as build_images

app = verb()


@command(app)
def build(
    cli: Invocation,
    images: Annotated[
        list[str] | None, typer.Argument(help="train or infer; both unless said.", metavar="IMAGE")
    ] = None,
    push: Annotated[
        bool | None, typer.Option("--push/--no-push", help="Push to the registry; done where the settings name one.")
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", help="A tag besides the revision's; repeatable.", metavar="TAG"),
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="Platform to build for, such as linux/amd64.", metavar="OS/ARCH")
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Build every layer anew.")] = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Build and push the training and inference images.

    An image is named by the Git revision, and known again by what it was made of: what is there already is neither
    built nor pushed. Without Docker and a registry, the images are only rendered and named by their content, which is
    what the local Azure ML goes by.

    Examples:
      retailctl build
      retailctl build infer --no-push
      retailctl build --tag 1.4.0 --profile prod
    """
    request = BuildRequest(tuple(images or IMAGES), dry_run, push, tuple(tags or ()), platform, no_cache)
    result = cli.run(build_images, request)
    cli.out.result(result, built_images, name=lambda done: "\n".join(image.reference for image in done.images))
    cli.out.next(result.next)
