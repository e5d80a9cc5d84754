"""`photos`: real photographs inside packages that are installed anyway, with the ImageNet class a person would name.

Five come with scikit-image and two with scikit-learn (extra `demo`); where foolbox is installed, its 20 follow.
"""

from __future__ import annotations

import re
from pathlib import Path

from heatproof.data.fit import PHOTO
from heatproof.data.folder import Picture, load_pictures
from heatproof.data.imageset import ImageSet
from heatproof.models.imagenet import imagenet_classes
from heatproof.models.input import InputSpec
from heatproof.models.package import package_folder

_PHOTOS = (
    ("skimage", "data/coffee.png", "espresso"),
    ("skimage", "data/chelsea.png", "tiger cat"),
    ("skimage", "data/motorcycle_left.png", "moped"),
    ("skimage", "data/camera.png", "tripod"),
    ("skimage", "data/rocket.jpg", "missile"),
    ("sklearn", "datasets/images/china.jpg", "palace"),
    ("sklearn", "datasets/images/flower.jpg", "daisy"),
)


def photos(images: int | None = None, *, spec: InputSpec | None = None) -> ImageSet:
    """The first `images` photographs of the packages that are installed, cut to the model's input."""
    classes = imagenet_classes()
    known = [
        Picture(Path(file).stem.removesuffix("_left"), place / file, classes.index(label))
        for package, file, label in _PHOTOS
        if (place := package_folder(package)) and (place / file).is_file()
    ]
    return load_pictures("photos", known + _foolbox(), images, spec or PHOTO, classes=classes, skipped=[])


def _foolbox() -> list[Picture]:
    """foolbox names its pictures imagenet_NUMBER_CLASS.jpg."""
    place = package_folder("foolbox")
    files = sorted((place / "data").glob("imagenet_*.jpg")) if place else []
    return [
        Picture(f"foolbox-{n}", file, int(label))
        for file in files
        for n, label in re.findall(r"_(\d+)_(\d+)", file.stem)
    ]
