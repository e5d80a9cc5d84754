"""The histograms of oriented gradients are scikit-image's, to the precision of its float32 sums."""

import numpy as np
import pytest
from skimage.feature import hog

from heatproof.vocabulary.orientations import orientation_histograms


@pytest.mark.parametrize(
    ("shape", "cell"), [((28, 28), 4), ((32, 32), 5), ((17, 23), 2), ((64, 48), 8), ((40, 56, 3), 6), ((224, 224), 16)]
)
def test_the_same_numbers_as_scikit_image(shape, cell):
    axis = -1 if len(shape) == 3 else None
    for seed in range(5):
        random = np.random.default_rng(seed)
        image = random.random(shape) if seed else np.round(random.random(shape) * 4) / 4  # many equal values
        theirs = hog(image, pixels_per_cell=(cell, cell), channel_axis=axis)
        # Theirs adds up in float32.
        assert np.allclose(orientation_histograms(image, cell), theirs, rtol=0, atol=1e-6)
