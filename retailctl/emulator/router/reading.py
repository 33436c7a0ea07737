"""Reading a caller's bytes as requests, with an HTTP parser that trusts nothing.

The parser (llhttp) refuses what could be understood in two ways, such as two lengths for one body. A caller that sends
one request after the other mostly sends the same head: one that the parser has taken is known again by its bytes.
"""

import time
from collections import deque

import httptools

from retailctl.emulator.router.messages import RequestHead
from retailctl.emulator.router.requests import Request

_HEAD_END = b"\r\n\r\n"


class RequestReader:
    """Fills `requests`: the first is being answered, the last may still be arriving.

    The parser calls the `on_` methods while it is fed.
    """

    __slots__ = ("_head", "_incoming", "_parser", "_upgrade", "_whole", "head_bytes", "in_head", "requests")

    def __init__(self) -> None:
        self.requests: deque[Request] = deque()
        self.in_head = False
        self.head_bytes = 0  # of data that came while the head was not yet whole
        self._parser = httptools.HttpRequestParser(self)
        self._upgrade = False  # the head just parsed offers another protocol
        self._incoming: Request
        self._head = b""  # of the last request that came whole and by itself; empty when none did
        self._whole = 0  # its length with its body

    @property
    def head_began_s(self) -> float:
        """When the first byte of the head that is arriving came (monotonic)."""
        return self._incoming.started_s

    def feed(self, data: bytes) -> None:
        """Parse; raises httptools.HttpParserError for what is no HTTP/1.1, and for what the request refuses."""
        known, between = len(self.requests), not self.in_head and (not self.requests or self.requests[-1].complete)
        if between and self._head and len(data) == self._whole and data.startswith(self._head):
            self._incoming = Request(self._incoming.head, time.monotonic(), data[len(self._head) :])
            self.requests.append(self._incoming)
            return
        self._head = b""
        self._parse(data)
        if between and len(self.requests) == known + 1:
            self._remember(data)

    def _parse(self, data: bytes) -> None:
        if self.in_head:
            self.head_bytes += len(data)
        while data:
            try:
                self._parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                self._decline_upgrade()

    def _remember(self, data: bytes) -> None:
        """Keep the head when the data was the whole request, and the head says how long a body is."""
        request = self._incoming
        end = len(data) - request.size
        if request.complete and not request.head.chunked and data.find(_HEAD_END) + len(_HEAD_END) == end:
            self._head, self._whole = data[:end], len(data)

    def close(self) -> None:
        """Nothing more is to come. The parser, which knows its reader, goes now and not with the next garbage."""
        del self._parser

    def drop_unfinished(self) -> None:
        """Forget a request whose rest cannot be understood."""
        if not self.requests[-1].complete:
            self.requests.pop()

    def _decline_upgrade(self) -> None:
        """Go on in HTTP/1.1, as a server may; Java's client for one offers HTTP/2 with every request.

        The parser believes that HTTP has ended, so a new one is told of the request without the offer.
        """
        request = self._incoming
        if request.head.method == b"CONNECT":
            raise httptools.HttpParserError("CONNECT is not for endpoints")
        length = b"content-length: %d" % (request.head.content_length or 0)
        framing = b"transfer-encoding: chunked" if request.head.chunked else length
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n\r\n")

    def on_message_begin(self) -> None:
        """A request's first byte."""
        if not self._upgrade:
            self._incoming = Request(RequestHead(), time.monotonic())
            self.in_head = True

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        if not self._upgrade:
            self._incoming.head.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field."""
        if not self._upgrade:
            self._incoming.head.add(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if self._upgrade:
            self._upgrade = False
            return
        parser, request = self._parser, self._incoming
        http10 = parser.get_http_version() == "1.0"
        request.head.complete(parser.get_method(), http10, parser.should_keep_alive())
        self.in_head = False
        self.head_bytes = 0
        self.requests.append(request)
        self._upgrade = parser.should_upgrade()

    def on_body(self, data: bytes) -> None:
        """A piece of the body, without chunk marks."""
        self._incoming.add_body(data)

    def on_message_complete(self) -> None:
        """The request's last byte."""
        if not self._upgrade:
            self._incoming.complete = True
