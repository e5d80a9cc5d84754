"""The command line: `heatproof COMMAND`. Heavy libraries are imported inside commands, so that --help stays light."""

from heatproof.cli.app import main

__all__ = ["main"]
