"""Telling what an explorer shows by itself from what someone does to it."""


class Showing:
    """Enter it while a widget is set: it is true then, and what the widget reports is no change by anyone."""

    def __init__(self) -> None:
        self._is_on = False

    def __enter__(self) -> None:
        self._is_on = True

    def __exit__(self, *error: object) -> None:
        self._is_on = False

    def __bool__(self) -> bool:
        return self._is_on
