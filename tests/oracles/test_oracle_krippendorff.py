"""The package krippendorff: agreement of several rankings, values missing here and there."""

import numpy as np
import pytest

from heatproof.stats.krippendorff import alpha


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("seed", range(5))
def test_random_tables(krippendorff, level, seed):
    generator = np.random.default_rng(seed)
    table = generator.integers(1, 6, (4, 12)).astype(float)
    table[generator.random(table.shape) < 0.2] = np.nan
    want = krippendorff.alpha(table, level_of_measurement=level)
    assert alpha(table, level) == pytest.approx(want, abs=1e-12)
