"""The histograms of oriented gradients are scikit-image's, to the precision of its float32 sums."""

import numpy as np
import pytest
from skimage.feature import hog

from heatproof.vocabulary.orientations import orientation_histograms


@pytest.mark.parametrize(
    ("shape", "cell"),
    [((1, 28, 28), 4), ((1, 32, 32), 5), ((1, 17, 23), 2), ((1, 64, 48), 8), ((3, 40, 56), 6), ((1, 224, 224), 16)],
)
def test_the_same_numbers_as_scikit_image_for_every_map_of_a_stack(shape, cell):
    maps = []
    for seed in range(5):
        random = np.random.default_rng(seed)
        maps.append(random.random(shape) if seed else np.round(random.random(shape) * 4) / 4)  # many equal values
    found = orientation_histograms(np.stack(maps), cell)
    for ours, image in zip(found, maps, strict=True):
        theirs = hog(image, pixels_per_cell=(cell, cell), channel_axis=0)
        # Theirs adds up in float32.
        assert np.allclose(ours, theirs, rtol=0, atol=1e-6)
