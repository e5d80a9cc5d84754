"""Tables whose every row carries its own checksum, because SQLite does not notice a flipped bit."""

# ruff: noqa: S608 - the names in the statements are the constants of this file

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from heatproof.store.checksum import Fields, row_checksum


@dataclass(frozen=True)
class Table:
    """One table. The columns have no type, so that SQLite stores each value exactly as given (also -0.0)."""

    name: str
    key: tuple[str, ...]
    content: tuple[str, ...]

    def create(self, connection: sqlite3.Connection) -> None:
        """Make the table."""
        columns = ", ".join((*self.key, *self.content, "checksum"))
        connection.execute(f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY ({', '.join(self.key)})) WITHOUT ROWID")

    def checksum(self, fields: Fields) -> bytes:
        """The checksum that a row of this table carries."""
        return row_checksum(self.name, fields)

    def unseal(self, row: Fields) -> Fields | None:
        """The fields of a stored row; None if they are not what was stored."""
        return row[:-1] if row[-1] == self.checksum(row[:-1]) else None

    def put(self, connection: sqlite3.Connection, rows: Iterable[Fields]) -> None:
        """Store rows, replacing those with the same key."""
        connection.executemany(self._insert("main", self.name), ((*row, self.checksum(row)) for row in rows))

    def get(self, connection: sqlite3.Connection, key: Fields) -> Fields | None:
        """The stored row of this key, still sealed."""
        found = connection.execute(f"SELECT * FROM {self.name} WHERE {self._where}", key).fetchone()
        return None if found is None else tuple(found)

    def rows(self, connection: sqlite3.Connection) -> Iterator[Fields | None]:
        """The fields of every row; None for a damaged one."""
        return (self.unseal(row) for row in connection.execute(f"SELECT * FROM {self.name}"))

    def delete(self, connection: sqlite3.Connection, key: Fields) -> None:
        """Remove the row of this key."""
        connection.execute(f"DELETE FROM {self.name} WHERE {self._where}", key)

    def rewrite(self, connection: sqlite3.Connection) -> None:
        """Write the table anew with its sound rows only.

        A damaged row cannot be deleted by its key: the damage may be in the key, and then the row stands in the
        wrong place of the tree and misleads searches for its neighbours.
        """
        kept = f"kept_{self.name}"
        connection.execute(f"CREATE TEMP TABLE {kept} AS SELECT * FROM {self.name} WHERE 0")
        sound = ((*row, self.checksum(row)) for row in self.rows(connection) if row is not None)
        connection.executemany(self._insert("temp", kept), sound)
        connection.execute(f"DELETE FROM {self.name}")
        connection.execute(f"INSERT OR REPLACE INTO {self.name} SELECT * FROM temp.{kept}")
        connection.execute(f"DROP TABLE temp.{kept}")

    @property
    def _where(self) -> str:
        return " AND ".join(f"{column} = ?" for column in self.key)

    def _insert(self, database: str, name: str) -> str:
        marks = ", ".join("?" * (len(self.key) + len(self.content) + 1))
        return f"INSERT OR REPLACE INTO {database}.{name} VALUES ({marks})"


MAPS = Table("maps", ("image", "method"), ("part", "reason"))
SCORES = Table("scores", ("image", "method", "metric"), ("kind", "value", "reason", "curves"))
META = Table("meta", ("key",), ("value",))
EVENTS = Table("events", ("number",), ("at", "kind", "text"))
TABLES = (MAPS, SCORES, META, EVENTS)
