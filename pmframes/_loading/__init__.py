"""From a loader's arguments to a DataFrame."""
