"""A server of this machine for downloads, over https, that fails in the ways that servers fail."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias

PEM = Path(__file__).parent / "data" / "localhost.pem"

Answer: TypeAlias = Callable[["Handler", bytes], None]
"""What a request of a file gets."""


def trusting() -> ssl.SSLContext:
    """A context that trusts the server of the tests and no other."""
    return ssl.create_default_context(cafile=str(PEM))


@dataclass
class Shop:
    """Files by path, and how each request in turn is answered; `whole` when the list is at its end."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    """The headers of each request that came."""
    done: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over, so that nothing stalls any longer."""

    def offer(self, path: str, content: bytes) -> str:
        """The address of a new file."""
        self.files[f"/{path}"] = content
        return f"{self.address}/{path}"


class Handler(BaseHTTPRequestHandler):
    """Answers as the shop says."""

    shop: Shop
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.close_connection = True
        self.shop.requests.append(dict(self.headers.items()))
        answer = self.shop.answers.pop(0) if self.shop.answers else whole
        content = self.shop.files.get(self.path)
        if content is None:
            self.send_error(404)
        else:
            answer(self, content)

    def head(self, status: int, **headers: object) -> None:
        """The status and the headers."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def whole(handler: Handler, content: bytes) -> None:
    """As it should be, also for those who want the rest of a file that is the same."""
    mark = f'"{len(content)}-{content[:1].hex()}"'
    asked = handler.headers.get("Range", "")
    if asked and handler.headers.get("If-Range") == mark:
        at = int(asked.removeprefix("bytes=").removesuffix("-"))
        said = f"bytes {at}-{len(content) - 1}/{len(content)}"
        handler.head(206, Content_Length=len(content) - at, Content_Range=said, ETag=mark)
        handler.wfile.write(content[at:])
    else:
        handler.head(200, Content_Length=len(content), ETag=mark)
        handler.wfile.write(content)


def cut_after(count: int) -> Answer:
    """The connection ends after so many bytes of it."""

    def answer(handler: Handler, content: bytes) -> None:
        handler.head(200, Content_Length=len(content), ETag=f'"{len(content)}-{content[:1].hex()}"')
        handler.wfile.write(content[:count])

    return answer


def stalls_after(count: int) -> Answer:
    """Nothing more comes after so many bytes."""

    def answer(handler: Handler, content: bytes) -> None:
        cut_after(count)(handler, content)
        handler.wfile.flush()
        handler.shop.done.wait(60)

    return answer


def sends_on(to: str, status: int = 302) -> Answer:
    """The file is somewhere else."""
    return lambda handler, _: handler.head(status, Location=to, Content_Length=0)


def says(status: int) -> Answer:
    """No file, but a number."""
    return lambda handler, _: handler.head(status, Content_Length=0)


def lies(length: int | None) -> Answer:
    """It says that it has another length, or none, and gives more than it should."""

    def answer(handler: Handler, content: bytes) -> None:
        handler.head(200, **({} if length is None else {"Content_Length": length}))
        handler.wfile.write(content + b"more")

    return answer


@contextmanager
def serving() -> Iterator[Shop]:
    """A shop on a port of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)

    class Ours(Handler):
        shop = Shop("")

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # who asked has gone, as some tests want

        def get_request(self) -> tuple[socket.socket, object]:
            plain, address = self.socket.accept()
            return context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    with Server(("127.0.0.1", 0), Ours) as server:
        Ours.shop.address = f"https://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Ours.shop
        finally:
            Ours.shop.done.set()
            server.shutdown()
            thread.join()
