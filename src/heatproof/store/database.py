"""Open the database of a run folder: for its writer, or for readers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heatproof.store.faults import BUSY_SECONDS, storage_errors
from heatproof.store.table import META, TABLES
from heatproof.vocabulary.errors import problem

FILE = "run.sqlite"
FORMAT = 1
"""Raised when an older heatproof could misread what this one writes."""

_FORMAT_KEY = "store_format"


def open_for_writing(folder: Path, *, fresh: bool) -> tuple[sqlite3.Connection, bool]:
    """The writer's connection, and whether the database had to be repaired.

    `fresh` says that nothing was stored in this folder yet: only then may the database be empty.
    """
    file = folder / FILE
    with storage_errors(file):
        connection = _connect(file)
        try:
            if fresh and not _table_names(connection):
                _create(connection)
            check_format(connection, folder)
            # FULL: a put that has returned survives a power cut, too, for one more sync beside those of its maps.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            return connection, _repair(connection, file)
        except BaseException:
            connection.close()
            raise


def open_for_reading(folder: Path) -> sqlite3.Connection:
    """A reader's connection, inside a transaction: it sees the database as it is at this moment until it is closed."""
    file = folder / FILE
    if not file.is_file():
        raise problem("HP312", folder=folder)
    with storage_errors(file):
        connection = _connect_reader(file)
        try:
            connection.execute("BEGIN")
            if not _table_names(connection):
                raise problem("HP312", folder=folder)
            check_format(connection, folder)
            # In a tree out of order a search misses rows that are there.
            for flaw in flaws(connection):
                raise problem("HP323", file=file, detail=flaw)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All that the block stores, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def check_format(connection: sqlite3.Connection, folder: Path) -> None:
    """Raise unless this heatproof can read the database."""
    row = META.get(connection, (_FORMAT_KEY,))
    if row is None or META.unseal(row) is None:
        raise problem("HP314", file=folder / FILE, detail="its format entry is missing or broken")
    if int(row[1]) > FORMAT:
        raise problem("HP313", folder=folder, found=row[1], known=FORMAT)


def flaws(connection: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong with the structure of the database."""
    return [line for (line,) in connection.execute("PRAGMA integrity_check") if line != "ok"]


def _connect(location: Path | str, *, uri: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(location, timeout=BUSY_SECONDS, isolation_level=None, uri=uri)
    # A flipped bit can make a text invalid; its row must reach the comparison of checksums all the same.
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    return connection


def _connect_reader(file: Path) -> sqlite3.Connection:
    address = file.resolve().as_uri()
    connection = _connect(f"{address}?mode=ro", uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchall()
    except sqlite3.OperationalError:
        # On a read-only medium SQLite cannot make its -shm file. Without a journal nobody writes, so none is needed.
        connection.close()
        journal = file.with_name(f"{FILE}-wal")
        if journal.exists() and journal.stat().st_size > 0:
            raise
        connection = _connect(f"{address}?mode=ro&immutable=1", uri=True)
    return connection


def _table_names(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _create(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        for table in TABLES:
            table.create(connection)
        META.put(connection, [(_FORMAT_KEY, str(FORMAT))])


def _repair(connection: sqlite3.Connection, file: Path) -> bool:
    if not flaws(connection):
        return False
    with transaction(connection):
        for table in TABLES:
            table.rewrite(connection)
    connection.execute("VACUUM")  # renews the lists of free pages
    remaining = flaws(connection)
    if remaining:
        raise problem("HP314", file=file, detail=remaining[0])
    return True
