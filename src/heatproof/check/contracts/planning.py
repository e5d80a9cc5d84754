"""C19: the plan is a dry run of the very same formula, so it counts what is run, or the most that can be."""

from heatproof.check.asking import asking, job
from heatproof.check.broken import expect
from heatproof.check.table import check
from heatproof.check.trial import Trial
from heatproof.engine.evaluate import Evaluator
from heatproof.study.session import Session
from heatproof.vocabulary.rehearsal import rehearsing


@check("C19")
def planned_is_run(trial: Trial) -> None:
    with asking(trial) as ready:
        with rehearsing():
            planned = _counted(trial, ready, ready.rehearsal())
        run = _counted(trial, ready, ready.evaluator())
    if trial.formula.claims.stops_early:
        enough = all(planned[effort] >= run[effort] for effort in run)
        expect(enough, f"the plan to count at least the {run} evaluations that are run", f"{planned}")
    else:
        expect(planned == run, f"the plan to count the {run} evaluations that are run", f"{planned}")


def _counted(trial: Trial, ready: Session, evaluator: Evaluator) -> dict[str, int]:
    x = trial.images[:1]
    executor = ready.executor(evaluator, tuple(x.shape[1:]))
    target = int(ready.predict(x).argmax())
    (outcome,) = executor.run([job(trial, ready, x[0], target)])
    if outcome.error:
        raise outcome.error
    return executor.account.of(lambda origin: True)
