"""Sets of photographs: objects and scenes, cut to what the model wants to see."""

from __future__ import annotations

from heatproof.data.sets.known import KnownSet, Remote

_PLACES = "https://data.csail.mit.edu/places/places365/"
_ACCOUNT = "it needs an account at image-net.org; unpack what you download there"

CALTECH256 = KnownSet(
    name="caltech256",
    title="30,607 photographs of objects",
    splits={"test": 0, "train": 0},
    classes=257,
    licence="CC BY 4.0",
    page="https://data.caltech.edu/records/nyy15-4j048",
    folders=("caltech256", ""),
    remotes=(
        Remote(
            "256_ObjectCategories.tar",
            ("https://data.caltech.edu/records/nyy15-4j048/files/256_ObjectCategories.tar",),
            "67b4f42ca05d46448c6bb8ecd2220f6d",
            1_183_006_720,
            unpack=True,
        ),
    ),
)
PLACES365 = KnownSet(
    name="places365",
    title="36,500 photographs of scenes, 256 x 256",
    splits={"val": 36_500},
    classes=365,
    licence="research and education only",
    page="http://places2.csail.mit.edu/download.html",
    folders=("places365", ""),
    remotes=(
        Remote(
            "filelist_places365-standard.tar",
            (_PLACES + "filelist_places365-standard.tar",),
            "35a0585fee1fa656440f3ab298f8479c",
            unpack=True,
        ),
        Remote("val_256.tar", (_PLACES + "val_256.tar",), "e27b17d8d44f4af9a78502beb927f808", 525_158_400, unpack=True),
    ),
)
IMAGENETTE = KnownSet(
    name="imagenette",
    title="13,394 photographs of ten easy classes of ImageNet",
    splits={"val": 3_925, "train": 9_469},
    classes=1000,
    licence="ImageNet's terms: research only",
    page="https://github.com/fastai/imagenette",
    folders=("imagenette", ""),
    remotes=(
        Remote(
            "imagenette2.tgz",
            ("https://s3.amazonaws.com/fast-ai-imageclas/imagenette2.tgz",),
            "fe2fc210e6bb7c5664d602c3cd71e612",
            unpack=True,
        ),
    ),
)
IMAGENET = KnownSet(
    name="imagenet",
    title="photographs in folders named by synset, any of ImageNet's 1,000 classes",
    splits={"val": 50_000, "train": 1_281_167},
    classes=1000,
    licence="ImageNet's terms: research only",
    page="https://image-net.org",
    folders=("imagenet", "ILSVRC/Data/CLS-LOC", ""),
    by_hand=_ACCOUNT,
)
ILSVRC2012_VAL = KnownSet(
    name="ilsvrc2012-val",
    title="50,000 photographs with boxes, ImageNet's validation split",
    splits={"val": 50_000},
    classes=1000,
    licence="ImageNet's terms: research only",
    page="https://image-net.org",
    folders=("ilsvrc2012-val", "ILSVRC", ""),
    by_hand=_ACCOUNT,
)
