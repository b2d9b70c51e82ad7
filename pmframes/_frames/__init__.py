"""Frames: the words that declare columns, building, provenance."""
