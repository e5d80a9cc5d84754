"""Messages about the verdict: most of them are not raised but shown first among its sentences."""

from heatproof.vocabulary.errors import Message

MESSAGES: dict[str, Message] = {
    "HP401": Message(
        "metric {metric!r}: no method is significantly better than random maps (the best of them wins on "
        "{wins} of {images}); its ranking is not to be trusted",
        "A metric that cannot tell an explanation from noise cannot tell two explanations apart either. The test "
        "is Wilcoxon's signed-rank test against the control `random`, one-sided, Holm-corrected over the methods. "
        "More images may settle it; a model that is insensitive to the metric's edits (masking, blurring) will "
        "not.",
        4,
    ),
    "HP402": Message(
        "metric {metric!r} is undefined on up to {undefined} of {images} ({method}): its means are over different "
        "images",
        "A score is undefined where its formula has no value, for example the correlation of a constant map. "
        "Tests compare two methods only on the images where both are defined, but the means of the leaderboard do "
        "not. The report lists the reasons per image.",
        4,
    ),
    "HP403": Message(
        "only {images}: {weakness}",
        "A paired test of few images finds only large differences. Its smallest possible two-sided p is 2 / "
        "2^images, times the number of pairs of methods in Holm's first step. Differences that are not "
        "significant here are undecided, not absent: add images.",
        4,
    ),
    "HP404": Message(
        "{pairs} contradict each other in the order of {methods}: {detail}",
        "Kendall's tau compares the orders in which two metrics put the methods: 1 the same, 0 unrelated, -1 "
        "reversed. Below -0.3 a method that is good on the one tends to be bad on the other: an overall order "
        "hides that choice, so read the metrics one by one.",
        4,
    ),
    "HP405": Message(
        "control {control!r} never looks at the model, yet is significantly better than {detail}",
        "A control that beats an explanation shows that the metric rewards something other than explaining the "
        "model (smooth maps, edges), or that the explanation is worse than useless on it. Either way a good score "
        "on this metric is weak evidence.",
        4,
    ),
    "HP406": Message(
        "method {method!r} is too noisy for the parameter randomization test: two computations of its map "
        "correlate at only {floor:.2f}, so a low similarity to the map of a random model proves nothing",
        "The test asks whether the map changes when the weights do. A map that changes by itself passes for the "
        "wrong reason. Raise the number of samples of the method until its map resembles itself (0.5 at least, "
        "better 0.9).",
        4,
    ),
    "HP407": Message(
        "there is no control named 'random': whether any method beats random maps is not tested",
        "Without random maps a leaderboard has no zero: every method may be as bad as noise. Add `random` to the "
        "controls of the study.",
        4,
    ),
    "HP411": Message(
        "there is no table {name!r}{near}; tables: {known}",
        "`heatproof tables RUN` writes all of them; `--only NAME` one, and may be given several times.",
    ),
    "HP412": Message(
        "table {name!r} cannot be made from {run}: {reason}",
        "Each table needs certain metrics, controls or models in the study. Without `--only` the tables that the run "
        "has no values for are left out.",
    ),
    "HP413": Message(
        "no table can be made from {run}: {reason}",
        "Tables are made from scores. Run the study first; a run that is not finished has tables of what is there.",
    ),
    "HP414": Message(
        "nothing to compare in {runs}: {reason}",
        "Leaderboards are compared over the methods and metrics that two runs (or two models of a run) both have, "
        "under the same labels: at least three methods and one metric with a direction.",
    ),
    "HP415": Message(
        "{option}: {name!r} is no {kind} of {run}{near}; known: {known}",
        "Methods and models are called as in the tables of the run: by their name, with the settings in brackets that "
        "tell them from other entries of the study.",
    ),
    "HP410": Message(
        "the score table holds {what}",
        "The verdict is made from one score per method, metric and image, aligned over the images. This is a "
        "mistake of the code that built the table, not of the study.",
        3,
    ),
}
