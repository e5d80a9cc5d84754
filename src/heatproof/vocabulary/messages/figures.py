"""Messages about figures (HP34x)."""

from heatproof.vocabulary.errors import Message

MESSAGES: dict[str, Message] = {
    "HP340": Message("unknown figure '{name}'{near}; there are {known}", "Figures are named as their files are."),
    "HP341": Message(
        "figure '{name}' cannot be drawn from {run}: {reason}",
        "Every figure shows the values, curves or maps of certain metrics. Add what is missing to the study and run "
        "it again; only that is computed.",
    ),
    "HP342": Message(
        "nothing to draw in {run}: {reason}",
        "The run folder holds no finished values yet. Run the study first; a half-finished run has figures too.",
    ),
}
