"""What a caller may use of the router: times in seconds, sizes in bytes. The platform documents none of these."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Generous for an honest client on this machine, final for one that is stuck or hostile."""

    head_s: float = 10.0  # from a request's first byte to the end of its head
    body_stall_s: float = 30.0  # without a byte of the body
    body_s: float = 300.0  # from the head to the end of the body
    idle_s: float = 75.0  # a kept-alive connection between requests
    write_stall_s: float = 60.0  # a caller that does not read its answer
    head_bytes: int = 65_536
    body_bytes: int = 64 * 2**20
    connections: int = 4096
    mirrored_bytes: int = 64 * 2**20  # bodies held for mirroring, all requests together
