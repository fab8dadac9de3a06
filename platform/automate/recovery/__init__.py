"""Operations with which people repair failures: retry, replay, cancel, pause and redrive, for one object or many."""
