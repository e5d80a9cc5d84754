"""The store of a run folder: what a put has acknowledged stays, whatever happens to the process."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from heatproof.store import database, folders, parts
from heatproof.store.checksum import Fields, file_checksum, row_checksum
from heatproof.store.faults import storage_errors
from heatproof.store.kept import KeptMaps, stored_part
from heatproof.store.lock import Lock
from heatproof.store.rows import Event, MapRow, ScoreRow, storable
from heatproof.store.table import EVENTS, MAPS, META, SCORES, TABLES, Table
from heatproof.vocabulary.errors import problem


class Store:
    """The results of a run: maps by (image, method), scores by (image, method, metric).

    One process writes (`create_or_open`), any number read (`read`). A reader sees the moment at which it was opened.
    What is damaged counts as not finished: a writer drops it and notes an event, a reader leaves it out or says so.
    """

    def __init__(self, folder: Path, connection: Connection, lock: Lock | None) -> None:
        self.folder = folder
        self._file = folder / database.FILE
        self._connection = connection
        self._lock = lock

    @classmethod
    def create_or_open(cls, folder: str | Path) -> Self:
        """The store of this folder, for writing; the folder is made if it is missing."""
        folder = Path(folder)
        with storage_errors(folder), ExitStack() as undo:
            folders.claim(folder)
            lock = Lock(folder)
            undo.callback(lock.release)
            fresh = not (folder / parts.FOLDER).exists()
            connection, repaired = database.open_for_writing(folder, fresh=fresh)
            undo.callback(connection.close)
            store = cls(folder, connection, lock)
            (folder / parts.FOLDER).mkdir(exist_ok=True)
            parts.sync(folder)
            store._note_opening(repaired)
            undo.pop_all()
        return store

    @classmethod
    def read(cls, folder: str | Path) -> Self:
        """The store of this folder, for reading, also while another process writes it."""
        folder = Path(folder)
        return cls(folder, database.open_for_reading(folder), None)

    def close(self) -> None:
        """Let the folder go. What was put stays."""
        with storage_errors(self._file):
            try:
                self._connection.close()
            finally:
                if self._lock is not None:
                    self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def put_maps(self, rows: Sequence[MapRow]) -> None:
        """Store maps: all of them, durably, when this returns; none if it raises."""
        self._writer().confirm()
        contents = {
            (row.image, row.method): parts.encode(row.array, row.notes) for row in rows if row.array is not None
        }
        with storage_errors(self.folder / parts.FOLDER):
            parts.write_parts(self.folder, {parts.part_path(*unit): content for unit, content in contents.items()})
        checksums = {unit: file_checksum(content) for unit, content in contents.items()}
        with self._transaction() as connection:
            fields = ((r.image, r.method, checksums.get((r.image, r.method)), storable(r.reason)) for r in rows)
            MAPS.put(connection, fields)

    def put_scores(self, rows: Iterable[ScoreRow]) -> None:
        """Store scores: all of them, durably, when this returns; none if it raises."""
        with self._transaction() as connection:
            SCORES.put(connection, (row.fields() for row in rows))

    def finished_maps(self) -> set[tuple[str, str]]:
        """The (image, method) that need not be computed again, undefined maps included."""
        return {(image, method) for image, method, *_ in self._sound(MAPS)}

    def finished_scores(self) -> set[tuple[str, str, str]]:
        """The (image, method, metric) that need not be computed again: undefined ones included, failed ones not."""
        return {(image, method, metric) for image, method, metric, kind, *_ in self._sound(SCORES) if kind != "failed"}

    def load_map(self, image: str, method: str) -> NDArray[np.float32] | None:
        """The map (C, H, W), checked against its checksum; None if it is undefined, damaged or not there."""
        part = self._part(image, method)
        return None if part is None else part.map

    def load_notes(self, image: str, method: str) -> dict[str, float]:
        """What was noted when this map was made, checked like the map; nothing where there is no map."""
        part = self._part(image, method)
        return {} if part is None else part.notes

    def _part(self, image: str, method: str) -> parts.Part | None:
        fields = self._find(MAPS, (image, method))
        if fields is None or fields[2] is None:
            return None
        part = stored_part(self.folder, image, method, fields[2])
        if part is None:
            if self._lock is None:
                raise problem("HP315", file=self.folder / parts.part_path(image, method))
            self._drop_map(image, method)
        return part

    def kept_maps(self, images: Container[str]) -> KeptMaps:
        """What is there of these images' maps, to be read without this store."""
        entries = {(f[0], f[1]): (f[2], f[3]) for f in self._sound(MAPS) if f[0] in images}
        return KeptMaps(self.folder, entries)

    def scores(self) -> Iterator[ScoreRow]:
        """Every score, in the order of their keys."""
        return (ScoreRow.from_fields(fields) for fields in self._sound(SCORES))

    def get_meta(self, key: str) -> Any:
        """What was last set under this key; None if nothing was."""
        fields = self._find(META, (key,))
        if fields is None and self._lock is None and self._damaged(META):  # one of those may be what was asked for
            raise problem("HP321", file=self._file, table=META.name, key=key)
        return None if fields is None else json.loads(fields[1])

    def set_meta(self, key: str, value: Any) -> None:
        """Keep a value that JSON can hold."""
        with self._transaction() as connection:
            META.put(connection, [(key, json.dumps(value, sort_keys=True))])

    def add_event(self, kind: str, text: str) -> None:
        """Note something that happened, with the time."""
        with self._transaction() as connection:
            self._note(connection, kind, text)

    def events(self) -> list[Event]:
        """What happened, oldest first."""
        return [Event(*fields) for fields in self._sound(EVENTS)]

    def digest(self, units: Iterable[tuple[str, ...]]) -> str:
        """SHA-256 over the results of these units, (image, method) or (image, method, metric).

        Equal results have equal digests, whenever and in whatever order they were computed.
        """
        total = sha256()
        for unit in sorted(set(units)):
            table = MAPS if len(unit) == 2 else SCORES
            fields = self._find(table, unit)
            total.update(row_checksum("missing", unit) if fields is None else table.checksum(fields))
        return total.hexdigest()

    def verify(self) -> list[str]:
        """Check every row and every file; one line for each finding. A writer drops what is damaged."""
        with storage_errors(self._file):
            findings = [f"{database.FILE}: {line}" for line in database.flaws(self._connection)]
            for table in TABLES:
                damaged = self._damaged(table)
                if damaged:
                    findings.append(f"{database.FILE}: {damaged} damaged rows in {table.name}")
                    self._drop_damaged(table, damaged)
        for image, method, checksum, _ in list(self._sound(MAPS)):
            if checksum is not None and stored_part(self.folder, image, method, checksum) is None:
                findings.append(f"{parts.part_path(image, method).as_posix()}: damaged or missing")
                self._drop_map(image, method)
        return findings

    def _writer(self) -> Lock:
        if self._lock is None:
            raise problem("HP330", what="to write, opened for reading")
        return self._lock

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        self._writer().confirm()
        with storage_errors(self._file), database.transaction(self._connection) as connection:
            yield connection

    def _sound(self, table: Table) -> Iterator[Fields]:
        damaged = 0
        with storage_errors(self._file):
            for fields in table.rows(self._connection):
                if fields is None:
                    damaged += 1
                else:
                    yield fields
            if damaged:
                self._drop_damaged(table, damaged)

    def _damaged(self, table: Table) -> int:
        with storage_errors(self._file):
            return sum(fields is None for fields in table.rows(self._connection))

    def _find(self, table: Table, key: Fields) -> Fields | None:
        with storage_errors(self._file):
            row = table.get(self._connection, key)
        if row is None or (fields := table.unseal(row)) is not None:
            return None if row is None else fields
        if self._lock is None:
            raise problem("HP321", file=self._file, table=table.name, key=" ".join(key))
        self._drop_damaged(table, 1)
        return self._find(table, key)  # a neighbour whose damaged key became this one may have stood before it

    def _drop_damaged(self, table: Table, count: int) -> None:
        if self._lock is not None:
            with self._transaction() as connection:
                table.rewrite(connection)
                self._note(connection, "damage", f"{count} damaged rows dropped from {table.name}")

    def _drop_map(self, image: str, method: str) -> None:
        if self._lock is not None:
            with self._transaction() as connection:
                MAPS.delete(connection, (image, method))
                path = parts.part_path(image, method).as_posix()
                self._note(connection, "damage", f"{path} is damaged or missing, its map will be computed again")

    def _note(self, connection: Connection, kind: str, text: str) -> None:
        number = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM events").fetchone()[0]
        at = datetime.now(UTC).isoformat(timespec="seconds")
        EVENTS.put(connection, [(number, at, kind, storable(text))])

    def _note_opening(self, repaired: bool) -> None:
        lock = self._writer()
        if lock.taken_from is not None:
            self.add_event("takeover", f"the lock of process {lock.taken_from.pid} on {lock.taken_from.host} was stale")
        if repaired:
            self.add_event("damage", f"{database.FILE} was damaged; the rows whose checksum holds were kept")
        leftovers = parts.remove_unfinished(self.folder)
        if leftovers:
            self.add_event("leftovers", f"{leftovers} unfinished map files removed")
