"""Readers of data sets in the formats of their authors."""
