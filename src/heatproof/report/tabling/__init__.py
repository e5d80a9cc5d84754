"""Tables of a run: what they are registered by, what they are made from, and how they are written."""
