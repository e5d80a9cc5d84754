"""C1, C2: an answer belongs to its image, whoever else is there."""

from heatproof.check.broken import expect, expect_close, expect_same
from heatproof.check.table import check
from heatproof.check.trial import Trial


@check("C1", everywhere=True)
def any_company_and_order(trial: Trial) -> None:
    x, found = trial.images, trial.found
    expect(tuple(found.shape) == trial.shape, f"an answer of shape {trial.shape}", f"{tuple(found.shape)}")
    expect(trial.finite(found).any(), "an answer for at least one of four ordinary images", "none")
    again = trial.run(trial.net(), x[[2, 0]])
    expect_same(again, found[[2, 0]], "two of the images in another order to have the same answers")


@check("C1", everywhere=True)
def another_batch_size(trial: Trial) -> None:
    alone = trial.run(trial.net(), trial.images[:1], batch=37)  # more than one part of a streamed answer holds, and odd
    expect_close(alone, trial.found[:1], trial.limit, "another batch size to move last bits only")


@check("C2", everywhere=True)
def the_first_images(trial: Trial) -> None:
    first = trial.run(trial.net(), trial.images[:3])
    expect_same(first, trial.found[:3], "the first three of four images to have the same answers")
