"""The published data themselves, where they are here: counts, first labels, and networks whose accuracy is known.

`HEATPROOF_DATA` or an installed package may have them; what is not here is skipped.
"""

import pytest
import torch

from heatproof.data.load import load_data
from heatproof.data.readers.samples import read_samples
from heatproof.data.table import Table
from heatproof.vocabulary.errors import StorageError

MNIST_COUNTS = {
    "test": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    "train": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
}
SVHN_TEST_COUNTS = [1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595]
FIRST = {
    "mnist": [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
    "fashion-mnist": [9, 2, 1, 1, 6, 1, 4, 6, 5, 7],
    "cifar10": [3, 8, 8, 0, 6, 6, 1, 6, 3, 1],
    "svhn": [5, 2, 1, 0, 6, 1, 9, 1, 1, 8],
}
MEANS = {
    "mnist": [0.1325],
    "fashion-mnist": [0.2868],
    "cifar10": [0.4942, 0.4851, 0.4504],
    "svhn": [0.4524, 0.4525, 0.4690],
}


def table(name: str, split: str = "test") -> Table:
    """The files of a set, or the test is skipped."""
    from heatproof.data.real import _find
    from heatproof.data.sets.catalogue import KNOWN

    try:
        found, _ = _find(KNOWN[name], None, split, None)
    except StorageError as error:
        pytest.skip(error.line)
    assert isinstance(found, Table)
    return found


@pytest.mark.parametrize("name", FIRST)
def test_first_labels_counts_and_means_of_the_test_split(name):
    found = table(name)
    labels = found.labels
    assert labels[:10].tolist() == FIRST[name]
    counts = {"mnist": MNIST_COUNTS["test"], "svhn": SVHN_TEST_COUNTS}.get(name, [1000] * 10)
    assert labels.bincount().tolist() == counts
    places = torch.arange(0, len(labels), 10)
    means = found.pixels(places).mean((0, 2, 3)).tolist()
    assert means == pytest.approx(MEANS[name], abs=0.01)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10"])
def test_two_sources_hold_the_same_first_images(name):
    """foolbox carries the first 20 test images as PNG: no row, channel or label is confused on either way."""
    samples = read_samples(name)
    if samples is None:
        pytest.skip("foolbox is not installed")
    found, first = table(name), torch.arange(20)
    assert torch.equal(found.labels[first], samples.labels)
    assert torch.equal(found.pixels(first), samples.pixels(first))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10"])
def test_the_training_split(name):
    counts = {"mnist": MNIST_COUNTS["train"], "fashion-mnist": [6000] * 10, "cifar10": [5000] * 10}[name]
    assert table(name, "train").labels.bincount().tolist() == counts
    data = load_data(name, 50, split="train")
    assert data.labels.bincount().tolist() == [5] * 10


@pytest.mark.slow
def test_the_digits_network_reads_the_official_digits():
    """It was trained on 4,000 digits of the same source."""
    from heatproof.models.load import load_model

    table("mnist")
    data = load_data("mnist", 2000)
    with torch.no_grad():
        right = (load_model("digits-cnn").module(data.images).argmax(1) == data.labels).float().mean()
    assert right > 0.95
