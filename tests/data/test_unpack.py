"""Archives: unpacked whole or not at all, and never out of their folder."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from heatproof.data.remote import unpack as unpacking
from heatproof.data.remote.unpack import unpack
from heatproof.vocabulary.errors import StorageError

FILES = {"set/a/1.png": b"one", "set/b/2.png": b"two" * 1000, "list.txt": b""}
HOSTILE = ["../out.txt", "/tmp/out.txt", "set/../../out.txt", "..", "C:out.txt", "set\\..\\out.txt", "a/" * 40 + "x"]


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: dict[str, bytes], *extra: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in extra:
            archive.addfile(info)
    return path


MAKE = {"a.zip": zipped, "a.tar": tarred, "a.tar.gz": tarred, "a.tgz": tarred}


def refused(code: str, archive: Path, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    before = sorted(p.name for p in folder.iterdir())
    with pytest.raises(StorageError) as caught:
        unpack(archive, folder)
    assert caught.value.code == code
    assert caught.value.exit_code == 5
    assert "\n" not in caught.value.line
    assert sorted(p.name for p in folder.iterdir()) == before
    assert not (folder.parent / "out.txt").exists()
    assert not Path("/tmp/out.txt").exists()
    return caught.value.line


@pytest.mark.parametrize("name", MAKE)
def test_files_and_folders_arrive(tmp_path, name):
    archive = MAKE[name](tmp_path / name, FILES)
    assert unpack(archive, tmp_path / "x") == ("list.txt", "set")
    assert {
        str(p.relative_to(tmp_path / "x")): p.read_bytes() for p in (tmp_path / "x").rglob("*") if p.is_file()
    } == FILES
    assert archive.exists()


def test_an_older_copy_gives_way(tmp_path):
    (tmp_path / "x/set/a").mkdir(parents=True)
    (tmp_path / "x/set/a/old.png").write_bytes(b"old")
    (tmp_path / "x/mine.txt").write_text("mine")
    unpack(zipped(tmp_path / "a.zip", FILES), tmp_path / "x")
    assert not (tmp_path / "x/set/a/old.png").exists()
    assert (tmp_path / "x/mine.txt").read_text() == "mine"


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize("member", HOSTILE)
def test_names_that_lead_away(tmp_path, name, member):
    archive = MAKE[name](tmp_path / name, {"set/good.png": b"good", member: b"bad"})
    assert "nothing was unpacked" in refused("HP656", archive, tmp_path / "x")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_links_and_devices_in_a_tar(tmp_path, kind):
    info = tarfile.TarInfo("set/link")
    info.type, info.linkname = kind, "/etc/passwd"
    assert "a link or a device" in refused("HP656", tarred(tmp_path / "a.tar", FILES, info), tmp_path / "x")


def test_links_in_a_zip(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert "a link or a device" in refused("HP656", tmp_path / "a.zip", tmp_path / "x")


@pytest.mark.parametrize("name", ["a.zip", "a.tgz"])
def test_bombs(tmp_path, name, monkeypatch):
    monkeypatch.setattr(unpacking, "ALWAYS", 2**16)
    archive = MAKE[name](tmp_path / name, {f"set/{i}": b"\0" * 2**16 for i in range(40)})
    assert archive.stat().st_size * 20 < 40 * 2**16
    assert "far too large" in refused("HP656", archive, tmp_path / "x")


def test_a_zip_that_lies_about_a_size(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"set/a": b"\0" * 10_000})
    content = archive.read_bytes()
    for announced in (100, 20_000):
        archive.write_bytes(content.replace((10_000).to_bytes(4, "little"), announced.to_bytes(4, "little")))
        refused("HP657", archive, tmp_path / "x")


def test_too_many_members(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MEMBERS", 2)
    refused("HP656", zipped(tmp_path / "a.zip", FILES), tmp_path / "x")


@pytest.mark.parametrize("name", MAKE)
def test_archives_that_were_cut(tmp_path, name):
    random = bytes((i * i * 31 + i // 7) % 251 for i in range(50_000))
    archive = MAKE[name](tmp_path / name, {"set/a": random, "set/b": random[::-1]})
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    refused("HP657", archive, tmp_path / "x")


@pytest.mark.parametrize("name", ["a.zip", "a.tgz"])
def test_archives_with_a_wrong_byte(tmp_path, name):
    random = bytes((i * i * 31 + i // 7) % 251 for i in range(50_000))
    archive = MAKE[name](tmp_path / name, {"set/a": random})
    whole = archive.read_bytes()
    for place in range(200, len(whole) - 200, max(1, len(whole) // 7)):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 255] * 40) + whole[place + 40 :])
        refused("HP657", archive, tmp_path / "x")


def test_what_a_killed_process_left_goes_away(tmp_path):
    (tmp_path / "x/.unpack-abc/set").mkdir(parents=True)
    unpack(zipped(tmp_path / "a.zip", FILES), tmp_path / "x")
    assert sorted(p.name for p in (tmp_path / "x").iterdir()) == ["list.txt", "set"]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\3\4 nearly", b"\x1f\x8b\x08 nearly"])
def test_what_is_no_archive(tmp_path, content):
    (tmp_path / "a.tgz").write_bytes(content)
    refused("HP657", tmp_path / "a.tgz", tmp_path / "x")


def test_an_encrypted_zip(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"set/a": b"content"})
    content = bytearray(archive.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    archive.write_bytes(bytes(content))
    assert "encrypted" in refused("HP657", archive, tmp_path / "x")
