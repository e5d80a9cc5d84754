"""What SQLite and the operating system say, in one line with a code."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heatproof.vocabulary.errors import HeatproofError, problem

BUSY_SECONDS = 30
"""How long SQLite waits for a lock inside the database."""

_FULL = {sqlite3.SQLITE_FULL}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_REFUSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}


@contextmanager
def storage_errors(file: Path) -> Iterator[None]:
    """Errors of SQLite and of the operating system leave the block as errors of the store that name the file."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a bug of ours
    except sqlite3.DatabaseError as error:
        raise _from_sqlite(file, error) from error
    except UnicodeDecodeError as error:  # a flipped bit in the name of a column
        raise problem("HP314", file=file, detail="a name in it is no text") from error
    except OSError as error:
        raise _from_system(file, error) from error


def _from_sqlite(file: Path, error: sqlite3.DatabaseError) -> HeatproofError:
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if primary in _FULL:
        return problem("HP319", file=file)
    if primary in _BUSY:
        return problem("HP322", file=file, seconds=BUSY_SECONDS)
    if primary in _REFUSED:
        return problem("HP320", file=file, detail=error)
    return problem("HP314", file=file, detail=error)


def _from_system(file: Path, error: OSError) -> HeatproofError:
    named = error.filename or file
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return problem("HP319", file=named)
    return problem("HP320", file=named, detail=error.strerror or error)
