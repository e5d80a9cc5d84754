"""Events of PyYAML to nodes, one pass, under limits that keep hostile files harmless."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml

from heatproof.spec.node import Node
from heatproof.spec.places import Place
from heatproof.spec.scalars import scalar
from heatproof.vocabulary.errors import HeatproofError, problem

MAX_DEPTH = 50
MAX_VALUES = 20_000
MAX_ALIASES = 10
Locate = Callable[[Any, Any], Place]
"""(start mark, end mark) of PyYAML -> place."""


class Composer:
    """Builds the one document of a stream; problems that allow going on are collected."""

    def __init__(self, events: Iterator[Any], locate: Locate) -> None:
        self.events, self.locate = events, locate
        self.anchors: dict[str, Node] = {}
        self.aliases = self.values = self.depth = 0
        self.problems: list[HeatproofError] = []

    def document(self) -> Node:
        """The one document of the stream."""
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            return Node(None, self.locate(start.start_mark, start.end_mark))
        node = self.node(next(self.events))
        next(self.events)
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self.refusal("HP120", after, why="a second document starts here; a study is a single one")
        return node

    def node(self, event: Any) -> Node:
        """The value that starts with this event."""
        self.values += 1
        if self.values > MAX_VALUES:
            raise self.refusal("HP127", event, what=f"more than {MAX_VALUES:,} values", limit=f"{MAX_VALUES:,} values")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if event.tag is not None:
            self.problems.append(self.refusal("HP124", event, tag=event.tag))
        if isinstance(event, yaml.ScalarEvent):
            value = scalar(event.value) if event.implicit[0] else event.value
            node = Node(value, self.locate(event.start_mark, event.end_mark))
        else:
            node = self.collection(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: Any) -> Node:
        """What the anchor of this name stands for; few are enough for people, and many are an attack."""
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise self.refusal("HP125", event, what=f"more than {MAX_ALIASES} aliases")
        if event.anchor not in self.anchors:
            raise self.refusal("HP125", event, what=f"the alias *{event.anchor} without a finished anchor before it")
        return self.anchors[event.anchor]

    def collection(self, event: Any) -> Node:
        """A list or a mapping."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.refusal("HP126", event, limit=MAX_DEPTH)
        place = self.locate(event.start_mark, event.end_mark)
        node = self.sequence(place) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(place)
        self.depth -= 1
        return node

    def sequence(self, place: Place) -> Node:
        """The items up to the end of the list."""
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event))
        return Node(items, place)

    def mapping(self, place: Place) -> Node:
        """The pairs up to the end of the mapping; keys are names, whatever they look like."""
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self.refusal("HP120", event, why="a key must be a word")
            if event.value in keys:
                self.problems.append(self.refusal("HP121", event, key=event.value, first=keys[event.value].line))
            key, keys[event.value] = event.value, self.locate(event.start_mark, event.end_mark)
            values[key] = self.node(next(self.events))
        return Node(values, place, keys)

    def refusal(self, code: str, event: Any, **values: object) -> HeatproofError:
        """The error of this code at this event."""
        place = self.locate(event.start_mark, event.end_mark)
        return problem(code, place=str(place), excerpt=place.excerpt, **values)
