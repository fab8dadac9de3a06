"""Tests a draft or a version on one event, mocked or live."""
