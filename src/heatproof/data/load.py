"""`load_data`: one name for a built-in set, a folder, an image file or a plug-in - one ImageSet back."""

from __future__ import annotations

import os
from dataclasses import replace
from numbers import Integral
from pathlib import Path

from heatproof.data.folder import folder
from heatproof.data.imageset import ImageSet
from heatproof.data.labels import Classes
from heatproof.data.names import printable
from heatproof.data.patches import read_patches
from heatproof.data.sets.catalogue import KNOWN
from heatproof.data.tensors import from_tensors
from heatproof.models.input import InputSpec
from heatproof.models.plugin import call_plugin
from heatproof.vocabulary.errors import nearest, problem
from heatproof.vocabulary.plugin import is_plugin

MADE = ("mnist5k", "photos", "planted")
BUILT_IN = (*MADE, *KNOWN)
SPLITS = ("test", "train")


def load_data(
    name: str | os.PathLike[str],
    images: int | None = None,
    *,
    input: InputSpec | None = None,
    labels: str | os.PathLike[str] | None = None,
    boxes: str | os.PathLike[str] | None = None,
    patches: str | os.PathLike[str] | None = None,
    classes: Classes = None,
    split: str = "test",
    seed: int = 0,
    root: str | os.PathLike[str] | None = None,
    allow_plugins: bool = False,
) -> ImageSet:
    """At most `images` images of a data set.

    name    mnist5k, photos, planted; a known set like cifar10; folder:PATH, a folder or an image file; file.py:factory
    input   what the model wants to see: photographs are cut to it, made images must have it
    labels, classes   of a folder: a CSV with the columns file and label; the names that its labels may use
    boxes             of a folder: a CSV with the columns file, top, left, bottom and right, around what is of the label
    patches           a .safetensors file of adversarial patches
    split, seed       of mnist5k, planted and known sets: "test" or "train"; which images come first
    root              of known sets: where they lie, else $HEATPROOF_DATA, else ~/.cache/heatproof/data
    """
    images = _count(images)
    if not isinstance(name, str | bytes | os.PathLike) or name in ("", b"", "folder:"):
        raise problem("HP601", name=name, near="", known=", ".join(BUILT_IN))
    text = os.fsdecode(name)
    given = {"labels": labels, "boxes": boxes}
    csvs = {name: Path(path) for name, path in given.items() if path is not None}
    data = _built_in(text, images, input, split, seed) if isinstance(name, str) else None
    if data is None and isinstance(name, str) and name in KNOWN:
        data = _known(name, images, input, split, seed, root)
    if data is None and is_plugin(text):
        data = _plugin(text, images, allow_plugins)
    if data is None:
        data = folder(_path(text), images, spec=input, classes=classes, **csvs)
    elif csvs:
        raise problem("HP610" if "labels" in csvs else "HP633", name=text)
    else:
        _check_shape(data, input)
    return data if patches is None else replace(data, patches=read_patches(Path(patches)))


def load_reference(
    name: str,
    images: int,
    split: str,
    *,
    input: InputSpec | None = None,
    root: str | os.PathLike[str] | None = None,
    allow_plugins: bool = False,
) -> ImageSet:
    """Other images of the same kind: of the other split; of a known set without one, the last of the same split."""
    other = "test" if split == "train" else "train"
    if name not in KNOWN:
        return load_data(name, images, input=input, split=other, allow_plugins=allow_plugins)
    from heatproof.data.real import has_split, real

    there = has_split(name, other, root)
    return real(name, images, split=other if there else split, root=root, spec=input, backwards=not there)


def _count(images: object) -> int | None:
    """How many images, as NumPy or Python counts them; None for all."""
    if images is None:
        return None
    if isinstance(images, bool) or not isinstance(images, Integral) or int(images) < 1:
        raise problem("HP609", images=images)
    return int(images)


def _built_in(name: str, images: int | None, spec: InputSpec | None, split: str, seed: int) -> ImageSet | None:
    """The built-in set of this name."""
    if name not in MADE:
        return None
    if split not in SPLITS:
        raise problem("HP608", split=split, near=nearest(split, SPLITS))
    if name == "photos":
        from heatproof.data.photos import photos

        return photos(images, spec=spec)
    if name == "planted":
        from heatproof.data.planted import planted

        return planted(images, split=split, seed=seed)
    from heatproof.data.mnist5k import mnist5k

    return mnist5k(images, split=split, seed=seed)


def _known(  # noqa: PLR0917 - the options of load_data, handed on
    name: str, images: int | None, spec: InputSpec | None, split: str, seed: int, root: str | os.PathLike[str] | None
) -> ImageSet:
    """The known set of this name."""
    from heatproof.data.real import real

    return real(name, images, split=split, root=root, spec=spec, seed=seed)


def _path(text: str) -> Path:
    """The folder or image file that was meant."""
    path = Path(text.removeprefix("folder:")).expanduser()
    if path.exists():
        return path
    if text.startswith("folder:") or "/" in text or os.sep in text or text in ("", ".", ".."):
        raise problem("HP602", path=printable(text.removeprefix("folder:")), reason="does not exist")
    raise problem("HP601", name=printable(text), near=nearest(text, BUILT_IN), known=", ".join(BUILT_IN))


def _plugin(text: str, images: int | None, allowed: bool) -> ImageSet:
    """What a person's factory gives: an ImageSet, or (images, labels)."""
    made = call_plugin(text, allowed=allowed)
    if isinstance(made, tuple) and len(made) == 2:
        made = from_tensors(*made, name=text.rpartition(":")[2])
    if not isinstance(made, ImageSet):
        raise problem("HP611", name=text, what=type(made).__name__)
    return made if images is None else made.take(slice(images))


def _check_shape(data: ImageSet, spec: InputSpec | None) -> None:
    """Made images are never resized behind anybody's back."""
    shape = tuple(data.images.shape[1:])
    if spec is not None and shape != (spec.channels, spec.height, spec.width):
        wanted = (spec.channels, spec.height, spec.width)
        raise problem("HP607", name=data.name, shape=shape, wanted=wanted)
