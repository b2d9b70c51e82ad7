"""Import matplotlib whatever MPLBACKEND says; a package that draws imports this module before any other.

With the name of a backend that it does not know, or no longer, matplotlib cannot be imported.
"""

import os
import sys
from contextlib import suppress

if "matplotlib" not in sys.modules:
    _backend = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib as mpl
    finally:
        if _backend is not None:
            os.environ["MPLBACKEND"] = _backend
    if _backend:
        with suppress(ValueError):
            mpl.rcParams["backend"] = _backend
