"""Operations that repair failures: retry, replay, cancel, pause and redrive."""
