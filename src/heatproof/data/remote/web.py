"""One file from the network, from any byte on; over https only, also after redirects."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from heatproof.vocabulary.errors import HeatproofError, problem

TIMEOUT = 30.0
"""Seconds without a byte."""


@dataclass(frozen=True)
class Answer:
    """What a server sends."""

    start: int
    """The first byte of the file that comes: 0 where the server does not continue."""
    total: int | None
    """Bytes of the whole file, where the server says."""
    tag: str
    """What names this version of the file (a strong ETag, else its date), or nothing."""
    body: IO[bytes] = field(repr=False)


class _Redirects(HTTPRedirectHandler):
    """Follows a redirect only where the scheme is allowed."""

    def __init__(self, schemes: frozenset[str]) -> None:
        self.schemes = schemes

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:  # noqa: PLR0917 - the signature of urllib
        try:
            _check(newurl, self.schemes)
        except HeatproofError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@dataclass(frozen=True)
class Web:
    """The network. Nothing but https is spoken; tests allow http to a server of their own."""

    schemes: frozenset[str] = frozenset({"https"})

    @contextmanager
    def open(self, url: str, start: int = 0, tag: str = "") -> Iterator[Answer]:
        """The file from byte `start` on, if it still has this tag; raises OSError, HTTPException or HP652."""
        _check(url, self.schemes)
        headers = {"User-Agent": "heatproof", "Accept-Encoding": "identity"}
        if start:
            headers |= {"Range": f"bytes={start}-"} | ({"If-Range": tag} if tag else {})
        with build_opener(_Redirects(self.schemes)).open(Request(url, headers=headers), timeout=TIMEOUT) as got:  # noqa: S310 - the scheme is checked
            yield _answer(got, start)


def reason_of(error: Exception) -> str:
    """Why there was no answer, in a few words."""
    if isinstance(error, HTTPError):
        return f"the server answers {error.code} {error.reason}"
    cause = getattr(error, "reason", None) or error
    text = str(getattr(cause, "strerror", None) or cause) or type(error).__name__
    return " ".join(text.split())[:160]


def _check(url: str, schemes: frozenset[str]) -> None:
    if urlsplit(url).scheme not in schemes:
        raise problem("HP652", url=url)


def _answer(got: Any, asked: int) -> Answer:
    length = got.headers.get("Content-Length", "")
    tag = got.headers.get("ETag", "")
    tag = tag if tag and not tag.startswith("W/") else got.headers.get("Last-Modified", "")
    if got.status != http.client.PARTIAL_CONTENT:
        return Answer(0, int(length) if length.isdecimal() else None, tag, got)
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", got.headers.get("Content-Range", "").strip())
    if not match or int(match[1]) != asked:
        raise http.client.HTTPException(f"asked for byte {asked}, got {got.headers.get('Content-Range')}")
    return Answer(asked, int(match[2]) if match[2].isdecimal() else None, tag, got)
