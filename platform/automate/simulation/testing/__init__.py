"""Tests a draft or a version with one event. The test is mocked or live."""
