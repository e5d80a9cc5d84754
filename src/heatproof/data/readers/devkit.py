"""The ground truth of ILSVRC2012's validation images as its development kit gives it.

    data/ILSVRC2012_validation_ground_truth.txt   line i: the ILSVRC2012_ID of image i, from 1 to 1000
    data/meta.mat                                 `synsets`: the WNID that belongs to each ILSVRC2012_ID

The IDs are in no useful order: the class number is that of the synset.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from heatproof.data.readers.synsets import class_number
from heatproof.vocabulary.errors import problem

KITS = ("ILSVRC2012_devkit_t12/data", "ILSVRC2012_devkit_t12", "data", "")
TRUTH, META = "ILSVRC2012_validation_ground_truth.txt", "meta.mat"
COUNT = 1000


def find_devkit(home: Path) -> Path | None:
    """The folder with both files."""
    return next((f for f in (home / k for k in KITS) if (f / TRUTH).is_file() and (f / META).is_file()), None)


def read_devkit(folder: Path) -> dict[int, int]:
    """Number of an image, from 1 -> its class."""
    classes = _classes(folder / META)
    path = folder / TRUTH
    try:
        written = path.read_text("ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text of numbers"
        raise problem("HP648", path=path, reason=reason) from error
    for line, text in enumerate(written, 1):
        if not text.isdecimal() or int(text) not in classes:
            raise problem("HP645", place=f"{path}:{line}", label=text[:20], image=line, last=f"{COUNT}, counted from 1")
    return {number: classes[int(text)] for number, text in enumerate(written, 1)}


def _classes(path: Path) -> dict[int, int]:
    """ILSVRC2012_ID -> class, of the 1,000 synsets that images are labelled with."""
    from scipy.io import loadmat

    try:
        rows = np.atleast_1d(loadmat(str(path), squeeze_me=True, variable_names=["synsets"])["synsets"])
        pairs = [(int(i), str(w)) for i, w in zip(rows["ILSVRC2012_ID"], rows["WNID"], strict=True)]
    except MemoryError:
        raise
    except Exception as error:  # scipy has many ways to say that a file is torn
        reason = " ".join(str(error).split())[:160]
        raise problem("HP643", path=path, format="meta.mat", reason=reason) from error
    found = {number: class_number(synset, path) for number, synset in pairs if 1 <= number <= COUNT}
    if len(set(found.values())) != COUNT:
        raise problem("HP643", path=path, format="meta.mat", reason=f"{len(found)} synsets, wanted {COUNT}")
    return found
