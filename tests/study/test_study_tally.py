"""The reports of several workers, taken together."""

import gc
import weakref

import numpy as np

from heatproof.engine.account import Account
from heatproof.engine.evaluate import Spent
from heatproof.store.rows import MapRow
from heatproof.study.collect import Found
from heatproof.study.crew import Report, Tally


def report(
    done: int, forwards: int, seconds: float, shrunk: list[tuple[int, int]], found: Found | None = None
) -> Report:
    account = Account()
    account.note("a", "forwards", 2 * forwards, forwards)
    return Report(found or Found(), done, account, {"forwards": Spent(forwards, seconds), "gradients": Spent()}, shrunk)


def test_the_latest_reports_count_once_and_seconds_side_by_side_too() -> None:
    tally = Tally(2)
    tally.note(0, report(1, 10, 1.0, []))
    tally.note(1, report(2, 20, 2.0, [(64, 32), (32, 16)]))
    tally.note(0, report(4, 40, 4.0, [(64, 32)]))
    assert tally.done == 6
    assert (tally.account.total(), tally.account.total(asked=True)) == (60, 120)
    assert tally.spent == {"forwards": Spent(60, 3.0), "gradients": Spent()}
    assert tally.shrunk == [(64, 32), (32, 16)]


def test_what_was_put_away_is_not_held() -> None:
    tally, phi = Tally(1), np.zeros((1, 2, 2), np.float32)
    tally.note(0, report(1, 1, 1.0, [], Found([MapRow("x", "m", phi)])))
    gone = weakref.ref(phi)
    del phi
    gc.collect()
    assert gone() is None
