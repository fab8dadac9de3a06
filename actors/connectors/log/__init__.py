"""log.write: one line in the worker's log."""
