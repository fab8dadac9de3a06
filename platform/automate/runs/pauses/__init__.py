"""The mark of a paused run, apart from the run's state."""
