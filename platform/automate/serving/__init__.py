"""The parts that all answers of the web process use: threads, limits of bodies, streams and errors."""
