"""Frames: declare columns, decode rows, build frames, read provenance."""
