"""What a command costs before it does anything: --help, list, plan, and importing heatproof.

    python bench/startup.py

Seconds as multiples of `python -c pass`, both in turns, so that a slow machine is slow for both.
"""

import subprocess
import sys
from functools import partial
from typing import Any

from pairs import alternate, attempt
from record import arguments, write

RUN = [sys.executable, "-m", "heatproof"]
COMMANDS = {
    "import heatproof": [sys.executable, "-c", "import heatproof"],
    "heatproof --help": [*RUN, "--help"],
    "heatproof list methods": [*RUN, "list", "methods"],
    "heatproof list metrics": [*RUN, "list", "metrics"],
    "import torch": [sys.executable, "-c", "import torch"],
    "heatproof plan quick": [*RUN, "plan", "quick"],
}
NOTHING = [sys.executable, "-c", "pass"]


def call(command: list[str]) -> None:
    """Run it; a command that fails is no measurement."""
    subprocess.run(command, check=True, capture_output=True)


def measured(command: list[str], seconds: float) -> dict[str, Any]:
    """The command as a multiple of nothing at all: `ratio` is how many times as long it takes."""
    return alternate(partial(call, NOTHING), partial(call, command), seconds=seconds).row()


def main() -> None:
    args = arguments(__doc__)
    rows = [attempt(label, partial(measured, c, 4 if args.quick else 15)) for label, c in COMMANDS.items()]
    write("startup", {"rows": rows}, args)


if __name__ == "__main__":
    main()
