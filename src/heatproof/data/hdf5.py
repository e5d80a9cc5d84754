"""The package that reads and writes HDF5, imported when a file of that kind is asked for."""

from typing import Any

from heatproof.models.hub import imported


def hdf5() -> Any:
    """The package h5py; raises HP902 where it is not installed."""
    return imported("h5py", extra="hdf5")
