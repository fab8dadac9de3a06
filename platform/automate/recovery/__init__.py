"""Operations for people after a failure: retry, replay, cancel, pause and redrive, single or in bulk."""
