"""The parts that all answers of the web process use: threads, streams, errors, and the limits for request bodies."""
