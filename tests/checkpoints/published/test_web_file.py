"""Servers that trickle, redirect and never end, one connection at a time."""

import contextlib
import http.client
import socket
import threading
import time

import pytest

from segviewer.checkpoints.published.web_file import AddressError, check_address, request
from segviewer.errors import Cancelled

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def serve(monkeypatch):
    """Function that serves byte pieces, in turn for each connection; returns the address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    ended, threads, listening = threading.Event(), [], []

    def serve(*answers, pause=0.0):
        server = socket.create_server(("127.0.0.1", 0))
        server.settimeout(0.1)
        listening.append(server)

        def run():
            for answer in answers:
                while not ended.is_set():
                    with contextlib.suppress(TimeoutError):
                        connection = server.accept()[0]
                        break
                else:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(5)
                    connection.recv(4096)
                    for piece in answer:
                        if ended.is_set():
                            return
                        connection.sendall(piece)
                        ended.wait(pause)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/w.pth"

    yield serve
    ended.set()
    for thread in threads:
        thread.join()
    for server in listening:
        server.close()


def trickle():
    yield OK
    while True:
        yield b"X-A: b\r\n"


def endless(start):
    yield start
    while True:
        yield b"x" * 65536


def ask(url, timeout=5.0, cancelled=lambda: False):
    return request(url, {}, timeout, cancelled)


def redirect(to):
    return [b"HTTP/1.1 302 Found\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n"]


def test_an_answer_is_read(serve):
    url = serve([OK, b"Content-Length: 5\r\n\r\n", b"he", b"llo"])
    with ask(url) as response:
        assert (response.status, response.read()) == (200, b"hello")


def test_a_trickled_head_is_given_up_in_time(serve):
    url = serve(trickle(), pause=0.1)
    began = time.monotonic()
    with pytest.raises(OSError, match="timed out"):
        ask(url, timeout=0.5)
    assert time.monotonic() - began < 2


def test_a_trickled_head_is_cancelled_soon(serve):
    url = serve(trickle(), pause=0.1)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        ask(url, timeout=60, cancelled=lambda: time.monotonic() > began + 0.3)
    assert time.monotonic() - began < 2


def test_silence_in_the_body_is_cancelled_soon(serve):
    url = serve([OK + b"Content-Length: 9\r\n\r\nabc", b"", b"", b""], pause=3)
    stop = threading.Event()
    with ask(url, 60, stop.is_set) as response:
        assert response.read1(100) == b"abc"
        began = time.monotonic()
        stop.set()
        with pytest.raises(Cancelled):
            response.read1(100)
    assert time.monotonic() - began < 1


def test_silence_in_the_body_times_out_and_slowness_does_not(serve):
    url = serve([OK + b"Content-Length: 4\r\n\r\n", b"a", b"b", b"c", b"d"], pause=0.3)
    with ask(url, 0.8) as response:
        assert response.read() == b"abcd"
    url = serve([OK + b"Content-Length: 9\r\n\r\nabc", b"", b""], pause=2)
    with ask(url, 0.3) as response, pytest.raises(TimeoutError):
        response.read()


def test_a_redirect_inside_the_web_is_followed(serve):
    end = serve([OK, b"Content-Length: 2\r\n\r\nok"])
    assert ask(serve(redirect(end.encode()))).read() == b"ok"


@pytest.mark.slow
@pytest.mark.parametrize(
    "to",
    [
        b"file:///etc/passwd",
        b"ftp://127.0.0.1/x",
        b"data:,x",
        b"gopher://x/",
        b"http://",
        b"http://[",
        b"http://[::1",
        b"http://127.0.0.1:port/",
        b"http://127.0.0.1:99999/",
        b"http:///x",
        b"//",
        b"http://\xff\xfe/",
    ],
)
def test_a_redirect_out_of_the_web_is_not_followed(serve, to):
    with pytest.raises((AddressError, OSError, http.client.HTTPException)):
        ask(serve(redirect(to)), timeout=2)


def test_a_redirect_with_an_endless_answer_is_not_read(serve):
    end = serve([OK, b"Content-Length: 2\r\n\r\nok"])
    url = serve(endless(b"HTTP/1.1 302 Found\r\nLocation: " + end.encode() + b"\r\n\r\n"))
    began = time.monotonic()
    assert ask(url, timeout=20).read() == b"ok"
    assert time.monotonic() - began < 3


def test_redirects_in_a_circle_end(serve):
    answers = [redirect(b"/w.pth")] * 20
    with pytest.raises(OSError):
        ask(serve(*answers))


def test_from_a_protected_connection_to_an_open_one():
    from segviewer.checkpoints.published import web_file

    class Answer:
        def close(self):
            pass

    asked = web_file.urllib.request.Request("https://example.org/w.pth")
    handler = web_file._Redirects()
    with pytest.raises(AddressError, match="open one"):
        handler.redirect_request(asked, Answer(), 302, "Found", {}, "http://example.org/w.pth")
    assert handler.redirect_request(asked, Answer(), 302, "Found", {}, "https://example.org/v.pth")


@pytest.mark.parametrize(
    "url", ["", "x", "file:///a", "http://", "http://a b/", "http://ü/", "http://[", "http://a:b/"]
)
def test_addresses_that_are_none(url):
    with pytest.raises(AddressError):
        check_address(url)
