"""Values of a study file, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from heatproof.spec.places import Path, Place
from heatproof.spec.scalars import Scalar


@dataclass(frozen=True)
class Node:
    """One value with its place; in mappings also the place of each key."""

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)

    @property
    def data(self) -> Any:
        """The value as plain Python."""
        if isinstance(self.value, dict):
            return {key: node.data for key, node in self.value.items()}
        return [node.data for node in self.value] if isinstance(self.value, list) else self.value

    def find(self, path: Path, *, key: bool = False) -> Place:
        """The place of the value at this path, or of its key; of the nearest that holds it where it does not exist."""
        node, place = self, self.place
        for i, part in enumerate(path):
            last = i == len(path) - 1
            if isinstance(node.value, dict) and part in node.value:
                place = node.keys[str(part)] if key and last else node.value[str(part)].place
                node = node.value[str(part)]
            elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                place = node.place
            else:
                break
        return place
