"""One table, one file: a generator `name(model or run, terms)` of tables, registered by `@table`."""
