"""Summaries, findings and changes of frames: what ``pm.report`` offers and ``pm.plot`` draws."""
