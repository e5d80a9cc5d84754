"""One figure, one file: a generator `name(model or run, sheet)` of drawings, registered by `@figure`."""
