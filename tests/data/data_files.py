"""Small files in the true formats of published data sets, and a web server for them."""

from __future__ import annotations

import gzip
import http.server
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image


def idx(path: Path, values: np.ndarray) -> Path:
    """An idx file of bytes, gzipped where its name says so."""
    head = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = head + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def digits(folder: Path, count: int = 30, *, prefix: str = "t10k", dot: str = "-", gz: str = ".gz", seed: int = 0):
    """(pixels, labels) of a split as it was written to the folder."""
    random = np.random.default_rng(seed)
    pixels, labels = random.integers(0, 256, (count, 28, 28)), np.arange(count) % 10
    idx(folder / f"{prefix}-images{dot}idx3-ubyte{gz}", pixels)
    idx(folder / f"{prefix}-labels{dot}idx1-ubyte{gz}", labels)
    return pixels, labels


def small_photos(count: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(n, 3072) uint8 and labels."""
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (count, 3072), dtype=np.uint8), np.arange(count) % classes


def python2_pickle(data: np.ndarray, **lists: list[int]) -> bytes:
    """The dictionary of a CIFAR batch byte for byte as Python 2 and NumPy 1 wrote it, protocol 2."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value

    def number(value: int) -> bytes:
        return b"K" + bytes([value]) if value < 256 else b"J" + struct.pack("<i", value)

    made = b"\x80\x02}q\x01(" + text(b"batch_label") + text(b"testing batch 1 of 1")
    for key, values in lists.items():
        made += text(key.encode()) + b"](" + b"".join(map(number, values)) + b"e"
    made += text(b"data") + b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + number(0) + b"\x85"
    made += text(b"b") + b"\x87R(" + number(1) + number(len(data)) + number(data.shape[1]) + b"\x86"
    made += b"cnumpy\ndtype\n" + text(b"u1") + number(0) + number(1) + b"\x87R("
    made += number(3) + text(b"|") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + number(0) + b"tb\x89"
    return made + b"T" + struct.pack("<i", data.nbytes) + data.tobytes() + b"tbu."


def picture(path: Path, seed: int = 0, size: tuple[int, int] = (12, 12)) -> Path:
    """A photograph of (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def annotation(path: Path, *objects: tuple[str, tuple[int, int, int, int]], size: tuple[int, int] = (60, 40)) -> Path:
    """An XML file; each object is (synset, (xmin, ymin, xmax, ymax))."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(
        f"<object><name>{name}</name><pose>Unspecified</pose><bndbox><xmin>{a}</xmin><ymin>{b}</ymin>"
        f"<xmax>{c}</xmax><ymax>{d}</ymax></bndbox></object>"
        for name, (a, b, c, d) in objects
    )
    path.write_text(
        f"<annotation>\n<folder>val</folder><filename>{path.stem}</filename><size><width>{size[0]}</width>"
        f"<height>{size[1]}</height><depth>3</depth></size>{text}</annotation>\n"
    )
    return path


class Server(http.server.ThreadingHTTPServer):
    """Files by path, with ranges, and with the ways in which servers misbehave."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.redirects: dict[str, str] = {}
        self.cut: int | None = None
        """The connection ends after so many bytes."""
        self.ranges, self.lengths = True, True
        self.seen: list[tuple[str, str | None]] = []

        self.scheme = "http"

    def url(self, name: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}/{name}"

    def handle_error(self, *_: object) -> None:
        """A client that does not trust us hangs up."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name, asked = self.path.lstrip("/"), self.headers.get("Range")
        self.server.seen.append((name, asked))
        if name in self.server.redirects:
            self.send_response(302)
            self.send_header("Location", self.server.redirects[name])
            self.end_headers()
            return
        content = self.server.files.get(name)
        if content is None:
            self.send_error(404)
            return
        tag = self.server.tags.get(name, "")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        if self.headers.get("If-Range", tag) != tag:
            start = 0
        if start >= len(content) and start:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.server.lengths:
            self.send_header("Content-Length", str(len(content) - start))
        if tag:
            self.send_header("ETag", tag)
        self.end_headers()
        self.wfile.write(content[start : None if self.server.cut is None else start + self.server.cut])

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(certificate: tuple[Path, Path] | None = None) -> Iterator[Server]:
    """A server in a thread of its own; with a certificate and its key it speaks https."""
    with Server() as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.scheme = "https"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
