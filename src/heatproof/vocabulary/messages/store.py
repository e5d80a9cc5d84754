"""Messages about the run folder."""

from heatproof.vocabulary.errors import Message

_ENVIRONMENT = 5

MESSAGES: dict[str, Message] = {
    "HP310": Message(
        "{folder} cannot be a run folder: {file} is a file. Name a folder, or a path that does not exist yet",
        "A run keeps its database, its maps and its lock in one folder. The path you gave leads through a file.",
        _ENVIRONMENT,
    ),
    "HP311": Message(
        "{folder} is not a run folder and not empty (it holds {entry!r}). Name an empty or a new folder",
        "A run folder holds run.sqlite, maps/ and lock. So that nothing of yours is mixed with a run, heatproof starts "
        "a run only in a folder which is empty, is a run already, or does not exist yet.",
        _ENVIRONMENT,
    ),
    "HP312": Message(
        "{folder} holds no run (no readable run.sqlite). Name the folder that `heatproof run` wrote",
        "Reports, status and comparisons read a run folder. This folder was never written by `heatproof run`, or the "
        "run was stopped before it stored anything.",
        _ENVIRONMENT,
    ),
    "HP313": Message(
        "{folder} has run format {found}, this heatproof reads up to {known}. Install the heatproof that wrote it",
        "The format number is raised when an older heatproof could misread a run. Nothing in the folder was changed.",
        _ENVIRONMENT,
    ),
    "HP314": Message(
        "{file} is damaged ({detail}). Restore it from a copy, or move the folder away and run again",
        "The database does not open, has lost its format entry, or its pages contradict each other in a way that could "
        "not be repaired by keeping the rows whose own checksum holds. The maps in maps/ were not touched.",
        _ENVIRONMENT,
    ),
    "HP315": Message(
        "{file} is damaged or missing (checksum mismatch). Run the study again: only this map is computed anew",
        "Every map file is checked against the SHA-256 in the database when it is read. A reader changes nothing; the "
        "next `heatproof run` drops the damaged map and computes it again.",
        _ENVIRONMENT,
    ),
    "HP316": Message(
        "{folder} is being written by process {pid} on this machine. Wait for it or stop it, then run again",
        "One process writes a run folder at a time. A lock of a process that has died is taken over without asking.",
        _ENVIRONMENT,
    ),
    "HP317": Message(
        "{folder} is being written by process {pid} on {host} (last sign of life {age} s ago). "
        "If that process is dead, delete {lock} and run again",
        "heatproof cannot see processes of another machine. Without a sign of life for 60 s the lock is taken over; "
        "to force it earlier, delete the lock file, but only when the other process is surely gone.",
        _ENVIRONMENT,
    ),
    "HP318": Message(
        "{folder} is no longer ours: its lock was taken over or deleted while this process was writing. Run again",
        "Another process took the folder over, the lock or the folder was deleted, or this is a fork of the writer. "
        "What was stored before stays stored; this process stops before it could disturb the new owner.",
        _ENVIRONMENT,
    ),
    "HP319": Message(
        "no space left on the disk of {file}. Free some and run again: everything stored so far is kept",
        "The write that did not fit was undone. The same command continues from the last stored unit.",
        _ENVIRONMENT,
    ),
    "HP320": Message(
        "{file} cannot be used: {detail}. Check that the folder exists and is writable",
        "The operating system refused to read or write. Everything stored before is kept; the same command continues.",
        _ENVIRONMENT,
    ),
    "HP321": Message(
        "{file}: the row {key!r} of {table} is damaged (its checksum does not match). Run the study again to renew it",
        "Every row of the database carries a checksum. This one does not match, so its content is not used.",
        _ENVIRONMENT,
    ),
    "HP322": Message(
        "{file} stayed locked by another program for {seconds} s. Close that program and run again",
        "A database browser or a backup tool holds a lock inside the database.",
        _ENVIRONMENT,
    ),
    "HP323": Message(
        "{file} is damaged ({detail}). Run the study again: what is sound is kept, the rest is computed anew",
        "The rows of the database are out of order, so that searches would miss some. A reader changes nothing; "
        "the next `heatproof run` writes the database anew from all rows whose checksum holds.",
        _ENVIRONMENT,
    ),
    "HP330": Message(
        "the store was asked for something it must not do: {what}",
        "This is a bug of heatproof or of a plug-in, not of your study. Please report it with the command you ran.",
        3,
    ),
}
