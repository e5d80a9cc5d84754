"""Downloads from a server of our own: continued, checked, unpacked, recorded; and what is said when they fail."""

import errno
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from data_files import Server, serving

from heatproof.cli import main
from heatproof.data.remote import download as downloading
from heatproof.data.remote import fetch as fetching
from heatproof.data.remote.fetch import fetch
from heatproof.data.remote.web import Web
from heatproof.data.sets.known import KnownSet, Remote
from heatproof.vocabulary.errors import HeatproofError

CONTENT = bytes((i * 31 + i // 251) % 256 for i in range(3_000_000))
HERE = Web(frozenset({"http"}))


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


@pytest.fixture(scope="module")
def running():
    with serving() as server:
        yield server


@pytest.fixture
def server(running: Server):
    running.files, running.tags, running.redirects, running.seen = {"a.bin": CONTENT}, {}, {}, []
    running.cut, running.ranges, running.lengths = None, True, True
    return running


@pytest.fixture
def known(monkeypatch):
    """known(Remote, ..) makes a set that is called `little`."""

    def make(*remotes: Remote, **options) -> None:
        little = KnownSet("little", "", {"test": 1}, 1, "", "", ("little",), remotes=remotes, **options)
        monkeypatch.setitem(fetching.KNOWN, "little", little)

    return make


def refused(code: str, root: Path, web: Web = HERE) -> str:
    with pytest.raises(HeatproofError) as caught:
        fetch("little", root, web=web)
    assert caught.value.code == code
    assert "\n" not in caught.value.line
    return caught.value.line


def inside(root: Path) -> list[str]:
    folder = root / "little"
    return sorted(p.name for p in folder.iterdir() if p.name != fetching.LOCK) if folder.exists() else []


def test_a_file_arrives_and_is_recorded(server, known, tmp_path):
    known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT), len(CONTENT)))
    told = []
    found = fetch("little", tmp_path, web=HERE, tell=lambda *state: told.append(state))
    assert (tmp_path / "little/a.bin").read_bytes() == CONTENT
    assert inside(tmp_path) == ["a.bin", "fetched.json"]
    (file,) = found.files
    assert (file.md5, file.sha256) == (md5(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert (file.pinned, file.new, file.size) == (True, True, len(CONTENT))
    assert told[-1] == ("a.bin", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert json.loads((tmp_path / "little/fetched.json").read_text())["a.bin"]["sha256"] == file.sha256
    again = fetch("little", tmp_path, web=HERE)
    assert not again.files[0].new
    assert len(server.seen) == 1


def test_an_interrupted_download_continues(server, known, tmp_path):
    known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT)))
    server.cut = 1_000_000
    line = refused("HP651", tmp_path)
    assert "1,000,000 of 3,000,000" in line
    assert "1,000,000 bytes are kept, the same command continues" in line
    assert inside(tmp_path) == ["a.bin.part"]
    server.cut = None
    fetch("little", tmp_path, web=HERE)
    assert server.seen[-1] == ("a.bin", "bytes=1000000-")
    assert (tmp_path / "little/a.bin").read_bytes() == CONTENT
    assert inside(tmp_path) == ["a.bin", "fetched.json"]


def test_halves_of_two_versions_are_never_joined(server, known, tmp_path):
    """Nothing is pinned: the server's tag tells that the file is another one now."""
    known(Remote("a.bin", (server.url("a.bin"),)))
    server.tags["a.bin"], server.cut = '"one"', 1_000_000
    refused("HP651", tmp_path)
    server.files["a.bin"], server.tags["a.bin"], server.cut = CONTENT[::-1], '"two"', None
    fetch("little", tmp_path, web=HERE)
    assert (tmp_path / "little/a.bin").read_bytes() == CONTENT[::-1]


def test_without_a_tag_and_a_checksum_it_begins_anew(server, known, tmp_path):
    known(Remote("a.bin", (server.url("a.bin"),)))
    server.cut = 1_000_000
    refused("HP651", tmp_path)
    server.cut = None
    fetch("little", tmp_path, web=HERE)
    assert server.seen[-1] == ("a.bin", None)


def test_a_server_without_ranges(server, known, tmp_path):
    known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT)))
    server.cut = 1_000_000
    refused("HP651", tmp_path)
    server.cut, server.ranges = None, False
    fetch("little", tmp_path, web=HERE)
    assert (tmp_path / "little/a.bin").read_bytes() == CONTENT


def test_a_part_that_is_whole_or_too_long(server, known, tmp_path):
    (tmp_path / "little").mkdir()
    for part in (CONTENT, CONTENT + b"more"):
        known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT), len(CONTENT) if part == CONTENT else None))
        (tmp_path / "little/a.bin.part").write_bytes(part)
        fetch("little", tmp_path, web=HERE)
        assert (tmp_path / "little/a.bin").read_bytes() == CONTENT
        (tmp_path / "little/a.bin").unlink()


def test_another_checksum_removes_the_file(server, known, tmp_path):
    known(Remote("a.bin", (server.url("a.bin"),), "0" * 32))
    line = refused("HP653", tmp_path)
    assert md5(CONTENT) in line
    assert "removed" in line
    assert inside(tmp_path) == []
    (tmp_path / "little/a.bin").write_bytes(CONTENT)
    refused("HP653", tmp_path)
    assert inside(tmp_path) == []


def test_another_size_is_not_even_begun(server, known, tmp_path):
    known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT), 17))
    assert "3000000, wanted 17" in refused("HP653", tmp_path)
    assert inside(tmp_path) == []
    server.lengths = False
    refused("HP653", tmp_path)
    assert inside(tmp_path) == []


def test_no_room(server, known, tmp_path, monkeypatch):
    known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT)))
    monkeypatch.setattr(downloading, "SPARE", 2**70)
    assert "needs 3,000,000 bytes" in refused("HP655", tmp_path)
    assert inside(tmp_path) == []


def test_a_full_disk_is_no_matter_of_the_network(server, known, tmp_path, monkeypatch):
    known(Remote("a.bin", (server.url("a.bin"), server.url("a.bin")), md5(CONTENT)))

    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode: Full() if path.suffix == ".part" else opened(path, mode))
    with pytest.raises(OSError, match="No space left") as caught:
        fetch("little", tmp_path, web=HERE)
    assert caught.value.filename.endswith("a.bin.part")
    assert len(server.seen) == 1


def test_the_next_address_is_tried(server, known, tmp_path):
    known(Remote("a.bin", (server.url("gone.bin"), server.url("a.bin")), md5(CONTENT)))
    fetch("little", tmp_path, web=HERE)
    assert [name for name, _ in server.seen] == ["gone.bin", "a.bin"]


def test_servers_that_have_nothing(server, known, tmp_path):
    known(Remote("b.bin", (server.url("b.bin"),), md5(CONTENT)))
    assert "the server answers 404" in refused("HP651", tmp_path)
    known(Remote("b.bin", ("http://127.0.0.1:9/b.bin",), md5(CONTENT)))
    line = refused("HP651", tmp_path)
    assert "refused" in line.lower()
    assert "kept" not in line
    known(Remote("b.bin", ("http://name.invalid/b.bin",), md5(CONTENT)))
    refused("HP651", tmp_path)


def test_one_process_at_a_time(server, known, tmp_path):
    known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT)))
    with fetching._alone("little", tmp_path / "little"):
        assert "by another process" in refused("HP663", tmp_path)
        assert server.seen == []
    fetch("little", tmp_path, web=HERE)


class TestOnlyHttps:
    """Also after a redirect."""

    def test_http_is_refused(self, server, known, tmp_path):
        known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT)))
        assert "is not https" in refused("HP652", tmp_path, Web())
        assert server.seen == []

    @pytest.mark.parametrize(
        ("url", "code"), [("ftp://127.0.0.1/a.bin", "HP652"), ("https:/a", "HP652"), ("file:///etc/passwd", "HP651")]
    )
    def test_redirects(self, server, known, tmp_path, url, code):
        server.redirects["a.bin"] = url
        known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT)))
        assert url.rstrip("/a") in refused(code, tmp_path)
        assert inside(tmp_path) == []

    def test_a_redirect_that_is_allowed(self, server, known, tmp_path):
        server.redirects["b.bin"] = server.url("a.bin")
        known(Remote("b.bin", (server.url("b.bin"),), md5(CONTENT)))
        fetch("little", tmp_path, web=HERE)
        assert (tmp_path / "little/b.bin").read_bytes() == CONTENT


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_https_with_a_certificate_that_is_trusted_and_one_that_is_not(known, tmp_path, monkeypatch):
    """What everybody uses, without a change."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", *made, *named], check=True, capture_output=True)
    with serving((certificate, key)) as server:
        server.files["a.bin"] = CONTENT
        known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT)))
        assert "certificate" in refused("HP651", tmp_path, Web()).lower()
        assert inside(tmp_path) == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        fetch("little", tmp_path)
        assert (tmp_path / "little/a.bin").read_bytes() == CONTENT


class TestWithoutAChecksum:
    """What was seen first counts."""

    def test_it_is_recorded_and_compared(self, server, known, tmp_path):
        known(Remote("a.bin", (server.url("a.bin"),)))
        (file,) = fetch("little", tmp_path, web=HERE).files
        assert not file.pinned
        (tmp_path / "little/a.bin").unlink()
        server.files["a.bin"] = CONTENT[::-1]
        assert "another file" in refused("HP658", tmp_path)
        (tmp_path / "little/fetched.json").write_text("{torn")
        assert "fetched.json" in refused("HP659", tmp_path)


class TestArchives:
    """Unpacked, recorded and removed."""

    def archive(self, *names: str) -> bytes:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as archive:
            for name in names:
                info = tarfile.TarInfo(name)
                info.size = 3
                archive.addfile(info, io.BytesIO(b"one"))
        return stream.getvalue()

    def test_the_content_is_what_is_kept(self, server, known, tmp_path):
        server.files["a.tgz"] = self.archive("set/1.png", "set/2.png")
        known(Remote("a.tgz", (server.url("a.tgz"),), md5(server.files["a.tgz"]), unpack=True))
        fetch("little", tmp_path, web=HERE)
        assert inside(tmp_path) == ["fetched.json", "set"]
        assert (tmp_path / "little/set/2.png").read_bytes() == b"one"
        (file,) = fetch("little", tmp_path, web=HERE).files
        assert (file.new, len(server.seen)) == (False, 1)
        (tmp_path / "little/set").rename(tmp_path / "gone")
        assert fetch("little", tmp_path, web=HERE).files[0].new

    def test_an_archive_that_was_put_there(self, server, known, tmp_path):
        content = self.archive("set/1.png")
        (tmp_path / "little").mkdir()
        (tmp_path / "little/a.tgz").write_bytes(content)
        known(Remote("a.tgz", (server.url("a.tgz"),), md5(content), unpack=True))
        fetch("little", tmp_path, web=HERE)
        assert inside(tmp_path) == ["fetched.json", "set"]
        assert server.seen == []

    def test_a_hostile_archive(self, server, known, tmp_path):
        server.files["a.tgz"] = self.archive("../1.png")
        known(Remote("a.tgz", (server.url("a.tgz"),), md5(server.files["a.tgz"]), unpack=True))
        refused("HP656", tmp_path)
        assert inside(tmp_path) == ["a.tgz"]
        assert not (tmp_path / "1.png").exists()


class TestCommand:
    """`heatproof fetch`."""

    @pytest.fixture
    def cli(self, monkeypatch):
        monkeypatch.setattr(fetching, "Web", lambda: HERE)
        return lambda *args: CliRunner().invoke(main, ["fetch", *map(str, args)])

    def test_text_and_json(self, server, known, tmp_path, cli, monkeypatch):
        known(Remote("a.bin", (server.url("a.bin"),), md5(CONTENT)), Remote("b.bin", (server.url("a.bin"),)))
        result = cli("little", "--root", tmp_path)
        assert result.exit_code == 0
        assert f"a.bin  3,000,000 bytes  MD5 {md5(CONTENT)} as published\n" in result.output
        assert f"b.bin  3,000,000 bytes  not pinned: SHA-256 {hashlib.sha256(CONTENT).hexdigest()}" in result.output
        monkeypatch.setenv("HEATPROOF_DATA", str(tmp_path))
        found = json.loads(cli("little", "--json").stdout)
        assert found["folder"] == str(tmp_path / "little")
        assert [file["new"] for file in found["files"]] == [False, False]

    def test_exit_codes(self, known, tmp_path, cli):
        known(Remote("a.bin", ("http://127.0.0.1:9/a.bin",), md5(CONTENT)))
        assert cli("little", "--root", tmp_path).exit_code == 5
        assert cli("cifar11", "--root", tmp_path).exit_code == 2
        result = cli("imagenet", "--root", tmp_path)
        assert result.exit_code == 2
        assert "HP661" in result.output
        assert "https://image-net.org" in result.output
