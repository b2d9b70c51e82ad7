"""Plugin of pytest: pandas infers ``object`` for text, as it did before 3.0. ``pytest -p tests.support.infer_string_off``.

Users may still set this option, for the programs that they have.
"""

import warnings

import pandas as pd

with warnings.catch_warnings():
    # The option is deprecated.
    warnings.simplefilter("ignore")
    pd.set_option("future.infer_string", False)
