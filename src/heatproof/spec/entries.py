"""Reads a section of a study: names, settings and sweeps in; checked entries out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, NamedTuple

from heatproof.spec.entry import Entry
from heatproof.spec.given import held, with_maps
from heatproof.spec.labels import LONGEST, labelled
from heatproof.spec.places import Path, brief
from heatproof.vocabulary.errors import HeatproofError, UsageError, problem
from heatproof.vocabulary.formula import Formula, Kind
from heatproof.vocabulary.given import MAPS, Given
from heatproof.vocabulary.plugin import plugin
from heatproof.vocabulary.registry import formula, formulas
from heatproof.vocabulary.setting import Setting

MAX_ENTRIES = 1000


class Finding(NamedTuple):
    """A problem, and the way to the value (or its key) that has it."""

    path: Path
    error: HeatproofError
    key: bool = False


@dataclass(frozen=True)
class _Asked:
    """One item of the list, taken apart: name or function, settings as given (sweeps included), label."""

    what: str | Given | Callable[..., Any]
    settings: Mapping[str, Any]
    label: str
    path: Path
    """The way to the mapping that holds the settings."""


class Entries:
    """Reads one section of a study; what is wrong is collected in `findings`."""

    def __init__(self, section: str, *, allow_plugins: bool = False, profile: str = "") -> None:
        self.section, self.allow_plugins, self.profile = section, allow_plugins, profile
        self.kind: Kind = "metric" if section == "metrics" else "method"
        self.findings: list[Finding] = []

    def read(self, items: Any) -> tuple[Entry, ...]:
        """The entries of this section, sweeps expanded, labels unique."""
        listed = list(items) if isinstance(items, list | tuple) else [] if items is None else [items]
        found: list[tuple[Path, Entry]] = []
        for i, item in enumerate(listed):
            if asked := self._asked((self.section, i), item):
                found += [(asked.path[:2], entry) for entry in self._made(asked)]
            if len(found) > MAX_ENTRIES:
                self._find((self.section,), problem("HP115", section=self.section, count=len(found), limit=MAX_ENTRIES))
                return ()
        entries = labelled([entry for _, entry in found])
        self._complain_of_twins([path for path, _ in found], entries)
        return tuple(entries)

    def _asked(self, path: Path, item: Any) -> _Asked | None:
        """`name`, a function, `{name: {settings}, label: ...}`, (name, settings) or an Entry."""
        if isinstance(item, str) or callable(item):
            return _Asked(item, {}, "", path)
        if isinstance(item, Entry):
            return _Asked(item.source or held(item) or item.formula.call, item.settings, item.label, path)
        if isinstance(item, Given):
            return _Asked(item, {}, item.name, path)
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], Mapping):
            return _Asked(item[0], item[1], "", path)
        if isinstance(item, Mapping) and len(rest := {k: v for k, v in item.items() if k != "label"}) == 1:
            ((name, settings),) = rest.items()
            if settings is None or isinstance(settings, Mapping):
                return _Asked(name, settings or {}, self._label(path, item.get("label", "")), (*path, name))
        self._find(path, problem("HP108", section=self.section, value=brief(item)))
        return None

    def _label(self, path: Path, label: Any) -> str:
        if isinstance(label, str) and label.isprintable() and len(label) <= LONGEST:
            return label
        valid = f"printable text of at most {LONGEST} characters"
        self._find((*path, "label"), problem("HP106", key="label", valid=valid, value=brief(label)))
        return ""

    def _made(self, asked: _Asked) -> list[Entry]:
        """The entries that this item stands for: one, or one for each combination of its sweeps."""
        before = len(self.findings)
        base = self._formula(asked)
        if base is None:
            return []
        given = {name: value for name, value in asked.settings.items() if name != "preset"}
        axes = [[(n, v) for v in self._values(base, asked.path, n, value)] for n, value in given.items()]
        presets = self._presets(base, asked)
        count = len(presets) * prod(len(axis) for axis in axes)
        if count > MAX_ENTRIES:
            self._find(asked.path, problem("HP115", section=self.section, count=count, limit=MAX_ENTRIES))
        if len(self.findings) > before:
            return []
        source = asked.what if isinstance(asked.what, str) and _names_code(asked.what) else ""
        entries = [
            Entry(base, _bound(base, fixed | dict(chosen)), asked.label or label, source)
            for label, fixed in presets
            for chosen in product(*axes)
        ]
        return self._given(asked, entries) if base is MAPS else entries

    def _given(self, asked: _Asked, entries: list[Entry]) -> list[Entry]:
        """Entries of maps made elsewhere, with the maps: a file that cannot be used is found before anything runs."""
        try:
            return [with_maps(entry, asked.what) for entry in entries]
        except HeatproofError as error:
            self._find(asked.path, error)
            return []

    def _presets(self, base: Formula, asked: _Asked) -> list[tuple[str, dict[str, Any]]]:
        """(label, settings) of each preset that is named; of the study's profile where none is, and it is known."""
        if "preset" not in asked.settings:
            known = self.profile in base.claims.presets
            return [("", base.expanded({"preset": self.profile}) if known else {})]
        found = []
        for name in _swept(asked.settings["preset"]):
            try:
                found.append((f"{base.name}({name})", base.expanded({"preset": name})))
            except UsageError as error:
                self._find((*asked.path, "preset"), error)
        return found

    def _formula(self, asked: _Asked) -> Formula | None:
        if isinstance(asked.what, Given) or (asked.what == MAPS.name and self.kind == "method"):
            return MAPS
        try:
            if isinstance(asked.what, str) and _names_code(asked.what):
                return formula(self.kind, plugin(asked.what, allowed=self.allow_plugins))
            if isinstance(asked.what, str) and asked.what not in formulas(self.kind):
                other: Kind = "method" if self.kind == "metric" else "metric"
                if asked.what in formulas(other):
                    near = f"; it is a {other}: list it under {other}s"
                    raise problem("HP101", kind=self.kind, name=asked.what, near=near)
            return formula(self.kind, asked.what)
        except UsageError as error:
            self._find(asked.path, error, key=True)
            return None

    def _values(self, base: Formula, path: Path, name: str, given: Any) -> Sequence[Any]:
        """The values of one setting: the given one, or those of its sweep; each checked."""
        swept = _is_sweep(given)
        values = _swept(given)
        if not isinstance(values, list | tuple) or not values:
            self._find((*path, name, "sweep"), problem("HP118", value=brief(values)))
            return []
        for i, value in enumerate(values):
            try:
                base.check(name, value)
            except UsageError as error:
                unknown = error.code == "HP102"
                self._find((*path, name, "sweep", i) if swept and not unknown else (*path, name), error, key=unknown)
                if unknown:
                    break
        return values

    def _complain_of_twins(self, paths: Sequence[Path], entries: Sequence[Entry]) -> None:
        seen: dict[str, Entry] = {}
        for path, entry in zip(paths, entries, strict=True):
            first = seen.setdefault(entry.label, entry)
            if first is entry:
                continue
            same = (first.name, first.settings) == (entry.name, entry.settings)
            label = f"lists '{entry.label}'" if same else f"has two entries with the label '{entry.label}',"
            hint = "" if same else "; give one of them another label"
            self._find(path, problem("HP109", section=self.section, label=label, hint=hint))

    def _find(self, path: Path, error: HeatproofError, *, key: bool = False) -> None:
        self.findings.append(Finding(path, error, key))


def _is_sweep(given: Any) -> bool:
    return isinstance(given, Mapping) and set(given) == {"sweep"}


def _swept(given: Any) -> Any:
    """The values of a setting: those of its sweep, or the one that stands there."""
    return given["sweep"] if _is_sweep(given) else [given]


def _bound(base: Formula, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _exact(base.settings[name], value) for name, value in base.bind(given).items()}


def _exact(setting: Setting, value: Any) -> Any:
    """One spelling of one value: 1 is 1.0 where a number is wanted, and a tuple is a list."""
    if isinstance(value, int) and not isinstance(value, bool) and float in setting.kinds and int not in setting.kinds:
        return float(value)
    return list(value) if isinstance(value, tuple) else value


def _names_code(name: str) -> bool:
    """True for names that point at code, like `file.py:function`; no registered name has a colon."""
    return ":" in name
