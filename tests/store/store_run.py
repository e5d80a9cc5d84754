"""A small made-up run, and how to compare what a store gives back with what was put."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from heatproof.store import MapRow, ScoreRow, Store
from heatproof.vocabulary.errors import StorageError


@dataclass
class Run:
    """The results of a made-up run, in the blocks in which an engine would put them."""

    images: int
    methods: tuple[str, ...] = ("smoothgrad", "gradient", "edges")
    maps: dict[tuple[str, str], MapRow] = field(default_factory=dict)
    scores: dict[tuple[str, str, str], ScoreRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = np.random.default_rng(7)
        for image in (f"image-{i}" for i in range(self.images)):
            for method in self.methods:
                array = numbers.standard_normal((1, 4, 5)).astype(np.float32)
                broken = method == "edges" and image == "image-1"
                row = MapRow(image, method, None, "no edges") if broken else MapRow(image, method, array)
                self.maps[image, method] = row
                curve = [None, *numbers.standard_normal(3).tolist()]
                for metric in ("deletion", "gini"):
                    value = None if broken else float(numbers.standard_normal())
                    kind, reason = ("undefined", "no map") if broken else ("value", None)
                    score = ScoreRow(image, method, metric, value, reason, {"curve": curve}, kind)
                    self.scores[image, method, metric] = score

    @property
    def units(self) -> list[tuple[str, ...]]:
        return [*self.maps, *self.scores]

    def resume(self, store: Store) -> None:
        """Put what is not finished, image by image, as a second start of the same command does."""
        finished_maps, finished_scores = store.finished_maps(), store.finished_scores()
        for image in dict.fromkeys(image for image, _ in self.maps):
            store.put_maps([row for unit, row in self.maps.items() if unit[0] == image and unit not in finished_maps])
            store.put_scores([r for unit, r in self.scores.items() if unit[0] == image and unit not in finished_scores])

    def expect_nothing_wrong(self, store: Store) -> None:
        """Whatever the store returns is what was put; a unit may be missing."""
        for row in store.scores():
            assert row == self.scores[row.image, row.method, row.metric]
        for image, method in store.finished_maps():
            array = store.load_map(image, method)
            expected = self.maps[image, method]
            if array is not None:
                assert expected.array is not None
                assert array.tobytes() == expected.array.tobytes()
            elif (image, method) in store.finished_maps():
                assert store.kept_maps({image}).find(image, method) == expected.reason is not None


def refusal_of(work: Callable[[], object]) -> StorageError | None:
    """The error of the store with which the work ended; it is always one line and exit code 5."""
    try:
        work()
    except StorageError as error:
        if error.exit_code != 5 or "\n" in str(error):
            raise AssertionError(f"not as people should see it: {error!r}") from error
        return error
    return None
