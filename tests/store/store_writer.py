"""A program that fills a run folder and says what the store has acknowledged, until it is killed."""

from __future__ import annotations

import sys

import numpy as np

from heatproof.store import MapRow, ScoreRow, Store


def rows(number: int) -> tuple[list[MapRow], list[ScoreRow]]:
    """The results of image `number`."""
    image = f"image-{number:05}"
    array = np.random.default_rng(number).standard_normal((1, 8, 8)).astype(np.float32)
    curve = array[0, 0].tolist()
    scores = [ScoreRow(image, m, "deletion", float(array.sum()), None, {"c": curve}) for m in "ab"]
    return [MapRow(image, "a", array), MapRow(image, "b", -array)], scores


def write(folder: str, images: int) -> None:
    """Put what is missing, image by image."""
    with Store.create_or_open(folder) as store:
        finished_maps, finished_scores = store.finished_maps(), store.finished_scores()
        print("open", flush=True)
        for number in range(images):
            maps, scores = rows(number)
            if any((row.image, row.method) not in finished_maps for row in maps):
                store.put_maps(maps)
                print("maps", number, flush=True)
            if any((row.image, row.method, row.metric) not in finished_scores for row in scores):
                store.put_scores(scores)
                print("scores", number, flush=True)


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]))
