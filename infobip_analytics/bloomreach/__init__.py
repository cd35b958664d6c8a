"""Bloomreach: its campaign events, however they were exported, as one frame."""
