"""One download, and the only place of the program that opens a connection: https, and nothing else.

What was cut off goes on where it stopped, where the server still has the same file. What comes is not
trusted: it is as long as it should be, and whoever asked for it compares its checksum.
"""

import contextlib
import os
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, cast
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from guide import __version__
from guide.errors import GuideError

_PATIENCE = 30.0
"""Seconds without a single byte, after which a connection is given up."""
_TRIES = 10
"""Connections for one file, at most; after one that brought nothing there is no other."""
_CHUNK = 1 << 16
_PARTIAL, _NOT_THAT_PART = 206, 416
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class FetchError(GuideError):
    """A download did not come, or was not what it should be."""


class _CutOffError(Exception):
    """The connection ended or stood still before all had come; its text says which."""


class _OnlyHttps(HTTPRedirectHandler):
    """Follows a redirect to https, and refuses every other."""

    def redirect_request(  # noqa: PLR0917 - as urllib calls it
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if not newurl.lower().startswith("https://"):
            raise FetchError(
                f"{req.host} sends on to an address that is not https, and so it was not followed. "
                "Nothing was installed."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(
    url: str,
    size: int,
    to: Path,
    heard: Callable[[int], None] = lambda _: None,
    *,
    context: ssl.SSLContext | None = None,
    patience: float = _PATIENCE,
) -> None:
    """Bring `size` bytes from an https address into a file; what is there already is gone on with.

    `heard` is told the number of bytes that are there. While the connection breaks and something new came,
    it is opened again. Raises FetchError, after which what came stays for the next time, or OSError where
    the file cannot be written.
    """
    refuse_offline()
    download = _Download(_opener(context), url, size, to, heard, patience)
    for left in reversed(range(_TRIES)):
        before = _length(to)
        try:
            download.go_on()
        except _CutOffError as error:
            if left and _length(to) > before:
                continue
            raise FetchError(
                f"The download of {url.rpartition('/')[2]} from {_host(url)} was cut off ({error}). "
                "What came is kept: the same command goes on from there."
            ) from error
        else:
            return


def refuse_offline() -> None:
    """Raises FetchError where GUIDE_OFFLINE is set: this machine is to stay by itself."""
    if os.environ.get("GUIDE_OFFLINE", "0") not in {"", "0"}:
        raise FetchError(
            "GUIDE_OFFLINE is set, and so nothing is fetched. Bring the packages and use --from."
        )


def _opener(context: ssl.SSLContext | None) -> OpenerDirector:
    """Knows https and proxies, and no other scheme: no http, no ftp, no file."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPSHandler(context=context),
        _OnlyHttps(),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
        UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


@dataclass(frozen=True, slots=True)
class _Download:
    opener: OpenerDirector
    url: str
    size: int
    to: Path
    heard: Callable[[int], None]
    patience: float

    def go_on(self) -> None:
        """One connection. Raises _CutOffError where another may bring more, else FetchError."""
        if (have := _length(self.to)) == self.size:
            return
        try:
            self._ask(have if have < self.size else 0)
        except HTTPError as error:
            error.close()
            if error.code == _NOT_THAT_PART:
                self.to.unlink(missing_ok=True)
            raise FetchError(_answered(self.url, error.code)) from error
        except URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise _CutOffError(f"nothing came for {self.patience:g} s") from error
            raise FetchError(
                f"{_host(self.url)} cannot be reached ({_reason(error.reason)}). See whether this machine is "
                "online, or bring the packages from another one and use --from."
            ) from error
        except TimeoutError as error:
            raise _CutOffError(f"nothing came for {self.patience:g} s") from error
        except (HTTPException, ConnectionError, ssl.SSLError) as error:
            raise _CutOffError(_reason(error)) from error

    def _ask(self, have: int) -> None:
        headers = {"User-Agent": f"heart-guide/{__version__}", "Accept-Encoding": "identity"}
        if have and (mark := _mark(self.to)):
            headers |= {"Range": f"bytes={have}-", "If-Range": mark}
        request = Request(self.url, headers=headers)  # noqa: S310 - the opener knows https alone
        with cast("HTTPResponse", self.opener.open(request, timeout=self.patience)) as response:
            at = self._begins_at(response, have) if "Range" in headers else 0
            said = response.headers.get("Content-Length", "")
            if said.isdecimal() and int(said) != self.size - at:
                raise FetchError(_not_it(self.url, f"{int(said):,} bytes instead of {self.size - at:,}"))
            _remember(self.to, response)
            self._receive(response, at)

    def _begins_at(self, response: HTTPResponse, have: int) -> int:
        """Where in the file the answer begins: where it stopped, or at 0 where the server has another now."""
        if response.status != _PARTIAL:
            return 0
        said = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if said is None or int(said[1]) != have:
            raise FetchError(_not_it(self.url, "another part of the file than was asked for"))
        return have

    def _receive(self, response: HTTPResponse, at: int) -> None:
        handle = os.open(self.to, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.truncate(at)
            file.seek(at)
            while chunk := self._more(response, min(_CHUNK, self.size - at + 1)):
                if (at := at + len(chunk)) > self.size:
                    file.truncate(0)
                    raise FetchError(_not_it(self.url, f"more than {self.size:,} bytes"))
                file.write(chunk)
                self.heard(at)
            file.flush()
            os.fsync(file.fileno())
        if at < self.size:
            raise _CutOffError("the connection ended")

    def _more(self, response: HTTPResponse, most: int) -> bytes:
        try:
            return response.read1(most)
        except TimeoutError:
            raise
        except OSError as error:  # not to be taken for one of the disk
            raise _CutOffError(_reason(error)) from error


def _remember(to: Path, response: HTTPResponse) -> None:
    """Keep what tells this file from another of the same address; a weak mark is of no use for that."""
    mark = response.headers.get("ETag", "")
    if not mark or mark.startswith("W/"):
        mark = response.headers.get("Last-Modified", "")
    _mark_file(to).write_text(mark, "utf-8")


def _mark(to: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        mark = _mark_file(to).read_text("utf-8")
        return mark if mark.isprintable() else ""
    return ""


def _mark_file(to: Path) -> Path:
    return to.with_name(f"{to.name}.mark")


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _host(url: str) -> str:
    return url.split("/")[2]


def _reason(error: object) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def _answered(url: str, code: int) -> str:
    if code in (404, 410):
        file = url.rpartition("/")[2]
        return f"{_host(url)} does not have {file} any more. A newer guide may know where it is."
    return f"{_host(url)} did not give the file (it answered {code}). Try again later."


def _not_it(url: str, what: str) -> str:
    return f"{_host(url)} gave {what}: that is not the file that this guide knows. Nothing was installed."
