"""One file per page of the report: what it shows, as plain values for its template."""
