"""The mark of a paused run. The mark is stored separately from the run's state."""
