"""Services for every answer of web: threads, limits of bodies, streams, and errors."""
