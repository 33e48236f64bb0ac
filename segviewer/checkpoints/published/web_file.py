"""Asking a server for a file, so that the asking can be given up at any moment.

urllib waits for one byte at a time: a server that gives one every few seconds holds it for
ever, and nothing but bytes wakes it. Here the wait is cut into short ones, between which it is
asked whether to go on, and the answer's head as a whole has a limit.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import IO, Any

from segviewer.errors import Cancelled

TICK = 0.25  # seconds between two looks at `cancelled`
MOST_REDIRECTS = 5


class AddressError(ValueError):
    """An address, or one that a server redirects to, that is not gone to; a sentence."""


def request(
    url: str, headers: dict[str, str], timeout: float, cancelled: Callable[[], bool]
) -> http.client.HTTPResponse:
    """Ask for `url`; the answer's bytes are still to be read.

    Parameters
    ----------
    timeout : float
        Seconds for the whole head of the answer, and then without any byte of the body.
    cancelled : callable
        Asked several times a second while waiting, in reading the body, too.

    Raises
    ------
    AddressError
        If it, or what it is redirected to, is no web address.
    OSError, http.client.HTTPException
        As urllib does.
    Cancelled
    """
    check_address(url)
    wait = _Wait(timeout, cancelled)
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _Plain(wait),
        _Secure(wait),
        _Redirects(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    try:
        response: http.client.HTTPResponse
        response = opener.open(urllib.request.Request(url, headers=headers), timeout=timeout)
    except BaseException as error:
        wait.close()
        # urllib's own, of an address in a redirect that it cannot take apart.
        if isinstance(error, ValueError) and not isinstance(error, AddressError):
            raise AddressError("It sends on to an address that is none.") from error
        raise
    wait.for_body()
    return response


def check_address(url: str) -> None:
    """Refuse what is no address of the web.

    Raises
    ------
    AddressError
    """
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # ValueError where it is no number
    except ValueError:
        usable = False
    if not usable or not url.isascii() or any(sign.isspace() for sign in url):
        raise AddressError("Its address is not a web address.")


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = MOST_REDIRECTS
    max_repeats = 2

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        try:
            check_address(newurl)
        except AddressError as error:
            raise AddressError("It sends on to what is not a web address.") from error
        # urllib would read this answer to its end, and it may have none.
        fp.close()
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise AddressError("It sends on from a protected connection to an open one.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Wait:
    """How long an answer is waited for, and whether it still is."""

    def __init__(self, timeout: float, cancelled: Callable[[], bool]):
        self.timeout, self.cancelled = timeout, cancelled
        self._in_body = False
        self.answers: list[http.client.HTTPResponse] = []
        self._end = time.monotonic() + timeout

    def for_body(self) -> None:
        """The head is there: from now on only silence counts."""
        self._in_body = True

    def close(self) -> None:
        """Close every answer; after an error urllib keeps some open."""
        for answer in self.answers:
            answer.close()

    def receive(self, connection: socket.socket, buffer: Any) -> int:
        if self._in_body:
            self._end = time.monotonic() + self.timeout
        while True:
            if self.cancelled():
                raise Cancelled
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            connection.settimeout(min(TICK, left))
            try:
                return connection.recv_into(buffer)
            except TimeoutError:
                continue


class _Bytes(io.RawIOBase):
    """What a connection gives, waited for as `wait` says."""

    def __init__(self, connection: socket.socket, wait: _Wait):
        # A file of the connection keeps it open for as long as its answer is read.
        self._held = connection.makefile("rb", buffering=0)
        self._connection, self._wait = connection, wait

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wait.receive(self._connection, buffer)

    def close(self) -> None:
        if not self.closed:
            self._held.close()
        super().close()


def _response_class(wait: _Wait) -> type[http.client.HTTPResponse]:
    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **options: Any):
            super().__init__(sock, *arguments, **options)
            self.fp.close()
            self.fp = io.BufferedReader(_Bytes(sock, wait))
            wait.answers.append(self)

    return Response


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, wait: _Wait):
        super().__init__()
        self._wait = wait

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_connection(http.client.HTTPConnection, self._wait), req)


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, wait: _Wait):
        super().__init__()
        self._wait = wait

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_connection(http.client.HTTPSConnection, self._wait), req)


def _connection(
    kind: type[http.client.HTTPConnection], wait: _Wait
) -> Callable[..., http.client.HTTPConnection]:
    def connect(host: str, **options: Any) -> http.client.HTTPConnection:
        connection = kind(host, **options)
        connection.response_class = _response_class(wait)
        return connection

    return connect
