"""One small file for each command, imported when it is named."""
