"""When what is written leaves: at once, so that nobody waits for the bookkeeping that comes after it."""

import asyncio


def write_at_once(transport: asyncio.WriteTransport) -> None:
    """Send while `write` runs, and report every byte that the other end does not take yet by `pause_writing`.

    uvloop otherwise keeps what is written to the end of the loop's turn: it writes at once only what would put its
    buffer over the high-water mark.
    """
    transport.set_write_buffer_limits(high=0)
