"""Every way in which a command ends: what is said, and with which exit code.

0 fine · 1 a gate failed · 2 usage, study or input · 3 a bug · 4 finished incompletely · 5 storage or environment
130 interrupted · 141 nobody reads the output any more · 143 terminated
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable

import click

from heatproof.cli.streams import Terminated, note, silence
from heatproof.vocabulary.errors import HeatproofError, Problems, nearest, problem

BUG, BROKEN_PIPE, INTERRUPTED, TERMINATED = 3, 141, 130, 143


def ending(work: Callable[[], None]) -> int:
    """The exit code of the work, after saying what is to be said. With --debug, errors keep their traceback."""
    try:
        work()
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        return _tell(_usage(error))
    except KeyboardInterrupt as end:
        note("interrupted; the same command continues")
        return TERMINATED if isinstance(end, Terminated) else INTERRUPTED
    except BrokenPipeError:
        silence()
        return BROKEN_PIPE
    except Exception as error:
        return _failed(error)
    return 0


def _failed(error: Exception) -> int:
    if isinstance(error, HeatproofError):
        return _tell(error)
    if isinstance(error, ImportError | MemoryError):
        return _tell(problem("HP140", cause=error or "out of memory"))
    if isinstance(error, OSError) and error.errno is not None:
        if error.filename is None:
            silence()
        full, file = error.errno == errno.ENOSPC, error.filename or "standard output"
        return _tell(problem("HP319" if full else "HP320", file=file, detail=error.strerror))
    note(" ".join(f"bug: {type(error).__name__}: {error}; run with --debug".splitlines()))
    return BUG


def _tell(error: HeatproofError) -> int:
    """Each problem with its excerpt, and how many there are."""
    problems = error.problems if isinstance(error, Problems) else [error]
    for one in problems:
        note(one.line)
        if one.excerpt:
            note(one.excerpt)
    if isinstance(error, Problems):
        note(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}, nothing was run.")
    return error.exit_code


def _usage(error: click.ClickException) -> HeatproofError:
    """Click's complaint in our form."""
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    wrong = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption) and ctx:
        options = [name for option in ctx.command.get_params(ctx) for name in option.opts if name.startswith("-")]
        wrong = f"no such option {error.option_name}{nearest(error.option_name, options)}"
    return problem("HP100", wrong=wrong[:1].lower() + wrong[1:], help=ctx.command_path if ctx else "heatproof")
