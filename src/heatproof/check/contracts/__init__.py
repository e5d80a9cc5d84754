"""One file for each contract, or for a few that belong together. They are found by `table.checks`."""
