"""The durable results of a run: what was finished stays, whatever happens to the process."""

from heatproof.store.rows import Event, MapRow, ScoreRow
from heatproof.store.store import Store

__all__ = ["Event", "MapRow", "ScoreRow", "Store"]
