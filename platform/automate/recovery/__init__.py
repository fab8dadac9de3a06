"""What people do when something went wrong: retry, replay, cancel, pause and redrive, one by one or in bulk."""
