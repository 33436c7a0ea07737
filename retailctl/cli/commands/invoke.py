"""``retailctl invoke``: a request to the endpoint, or past its split to one slot."""

from pathlib import Path
from typing import Annotated

import typer

from retailctl.cli.context import Invocation
from retailctl.cli.declare import command, verb
from retailctl.cli.options import EndpointFlags, SlotOpt, TimeoutOpt, seconds
from retailctl.cli.views.forecast import AnswerView
from retailctl.domain.slots import check_slot
from retailctl.workflows.invoke.body import read_body
from retailctl.workflows.invoke.call import InvokeRequest
from retailctl.workflows.invoke.call import invoke as send

app = verb()


@command(app, EndpointFlags)
def invoke(
    cli: Invocation,
    slot: SlotOpt = None,
    request_file: Annotated[
        Path | None, typer.Option("--request-file", "-r", help="JSON to send; - is stdin.", metavar="FILE")
    ] = None,
    inline: Annotated[
        str | None, typer.Option("--data", "-d", help="The JSON itself, @FILE, or - for stdin.", metavar="JSON")
    ] = None,
    repeat: Annotated[int, typer.Option("--repeat", help="Send it so many times, one after the other.", min=1)] = 1,
    timeout: TimeoutOpt = None,
) -> None:
    """Ask the endpoint, or one slot, for a forecast.

    Without a body it sends the sample request of the model that answers.

    Examples:
      retailctl invoke
      retailctl invoke --slot green --request-file request.json
      retailctl invoke --data '{"series": [{"store_id": "CA_1", "item_id": "FOODS_3_090"}]}' -o json
    """
    body = read_body(request_file, inline, cli.binary_stdin())
    request = InvokeRequest(body, check_slot(slot) if slot else None, repeat, seconds(timeout))
    result = cli.run(send, request)
    cli.out.result(result, AnswerView(cli.out.paint, cli.out.width), name=lambda answer: answer.slot or "")
