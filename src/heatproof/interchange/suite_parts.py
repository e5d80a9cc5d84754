"""Reads suite.yaml and methods.yaml of 2022: names, types and arguments, each with its place; all problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heatproof.spec.node import Node
from heatproof.spec.places import Place, brief
from heatproof.spec.yaml import MAX_BYTES, read_yaml
from heatproof.vocabulary.errors import HeatproofError, nearest, problem

Way = tuple[str | int, ...]


@dataclass
class Source:
    """One of the two files, and what was found wrong in it."""

    path: str
    root: Node
    problems: list[HeatproofError] = field(default_factory=list)

    @classmethod
    def read(cls, path: str | Path) -> Source:
        """The file, by the rules of a study file; raises HP130 or what is wrong with its YAML."""
        try:
            with Path(path).open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise problem("HP130", file=path, reason=error.strerror or error) from None
        return cls(str(path), read_yaml(raw, str(path)))

    def wrong(self, way: Way, where: str, given: Any, wanted: str) -> None:
        """Note a value of another kind than wanted."""
        self._complain("HP693", self.root.find(way), where=where, got=brief(given), wanted=wanted)

    def unknown(self, way: Way, kind: str, name: str, where: str, valid: Iterable[str]) -> None:
        """Note a type that is none of these."""
        known = tuple(valid)
        told = {"kind": kind, "name": name, "where": where, "near": nearest(name, known), "known": ", ".join(known)}
        self._complain("HP692", self.root.find(way), **told)

    def _complain(self, code: str, place: Place, **values: object) -> None:
        self.problems.append(problem(code, place=str(place), excerpt=place.excerpt, **values))

    def only(self, given: Mapping[str, Any], known: Iterable[str], way: Way, where: str) -> None:
        """Complain of every key that is none of these."""
        names = tuple(known)
        for name in given:
            if name not in names:
                place, near = self.root.find((*way, name), key=True), nearest(str(name), names)
                self._complain("HP691", place, key=name, where=where, near=near, known=", ".join(names) or "none")

    def mapping(self, given: Any, way: Way, where: str, wanted: str = "a mapping") -> dict[str, Any]:
        """The value as a mapping, {} after a complaint where it is none."""
        if isinstance(given, Mapping):
            return dict(given)
        if given is not None:
            self.wrong(way, where, given, wanted)
        return {}


@dataclass
class Arguments:
    """One metric, method, masker or generator: its name, its type, and its arguments until they are taken."""

    source: Source
    way: Way
    name: str
    kind: str
    """Its type."""
    given: dict[str, Any]
    shared: Mapping[str, Any] = field(default_factory=dict)
    """Defaults of the section, for arguments that are taken."""
    taken: list[str] = field(default_factory=list)

    @property
    def canonical(self) -> str:
        """The type without case, underscores and the words that every type of its kind has."""
        return plain(self.kind)

    def take(self, name: str, default: Any = None, kinds: tuple[type, ...] = (int, float), low: float = 0) -> Any:
        """An argument; a wrong one is complained of and replaced by the default."""
        self.taken.append(name)
        value = self.given.get(name, self.shared.get(name, default))
        if value is None or value is default:
            return default
        good = isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds)
        if good and not (isinstance(value, int | float) and value < low):
            return value
        wanted = (
            f"{' or '.join(_WORDS[k] for k in kinds)}{f', at least {low}' if float in kinds or int in kinds else ''}"
        )
        self.source.wrong((*self.way, name), f"{name} of {self.name}", value, wanted)
        return default

    def whole(self, name: str, default: Any = None, low: int = 1) -> Any:
        """A whole number."""
        return self.take(name, default, (int,), low)

    def word(self, name: str, choices: Iterable[str], default: str) -> str:
        """One of several words."""
        valid, value = tuple(choices), self.take(name, default, (str,))
        if value in valid:
            return str(value)
        self.source.wrong((*self.way, name), f"{name} of {self.name}", value, " or ".join(valid))
        return default

    def parts(self, name: str) -> list[Arguments]:
        """A mapping of named things with types of their own: maskers, generators."""
        self.taken.append(name)
        own = name in self.given
        given, way = (self.given if own else self.shared).get(name), (*self.way, name)
        items = {str(v): v for v in given} if isinstance(given, list) else given
        where = f"{name} of {self.name}"
        return [typed(self.source, (*way, n), n, v) for n, v in self.source.mapping(items, way, where).items()]

    def words(self, name: str, default: list[str]) -> list[str]:
        """A list of words, or one."""
        value = self.take(name, default, (str, list))
        return [str(v) for v in value] if isinstance(value, list) else [value]

    def done(self) -> None:
        """Complain of arguments that nothing has taken."""
        self.source.only(self.given, self.taken, self.way, f"{self.name} ({self.kind})")


def typed(source: Source, way: Way, name: str, given: Any) -> Arguments:
    """`name`, `name: Type`, or `name: {type: Type, args: {..}}`; arguments may also stand beside the type."""
    if given is None or isinstance(given, str):
        return Arguments(source, way, name, given or name, {})
    held = source.mapping(given, way, name, "a type, or a mapping with type and args")
    kind = held.pop("type", name)
    if "args" in held:
        source.only(held, ("args",), way, name)
        return Arguments(source, (*way, "args"), name, str(kind), source.mapping(held["args"], (*way, "args"), name))
    return Arguments(source, way, name, str(kind), held)


def metrics_of(source: Source) -> Iterator[Arguments]:
    """Every metric of the suite, with the defaults of its section."""
    root = source.root.data
    sections = {"": root} if "metrics" in root else root
    for section, held in sections.items():
        way: Way = (section,) if section else ()
        where = f"section {section}" if section else source.path
        content = source.mapping(held, way, where, "a section with default and metrics")
        source.only(content, ("default", "metrics"), way, where)
        shared = source.mapping(content.get("default"), (*way, "default"), f"default of {where}")
        source.only(shared, SHARED, (*way, "default"), f"default of {where}")
        listed = source.mapping(content.get("metrics"), (*way, "metrics"), f"metrics of {where}")
        for name, given in listed.items():
            found = typed(source, (*way, "metrics", name), name, given)
            found.shared = shared
            yield found


SHARED = ("maskers", "activation_fns", "perturbation_generators")
"""What `default` may hold: it goes to every metric that takes it."""
_WORDS = {int: "a whole number", float: "a number", str: "a word", list: "a list", bool: "true or false"}
_COMMON = ("perturbationgenerator", "imagemasker", "masker", "attribution")


def plain(name: str) -> str:
    """DeepShap, deep_shap, DEEPSHAP: one word; GradCAM++ is GradCAMPlusPlus."""
    word = "".join(c for c in name.lower().replace("+", "plus") if c.isalnum())
    for ending in _COMMON:
        if word.endswith(ending) and word != ending:
            return word.removesuffix(ending)
    return word
