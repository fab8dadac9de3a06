"""The parts that all answers of web share: threads, limits of bodies, streams, and errors."""
