"""Data sets that are known by name; describing them needs no PyTorch."""
