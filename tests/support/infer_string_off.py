"""Plugin of pytest: pandas infers ``object`` for text, as it did before 3.0.

Users may still set this option. ``python -m pytest -p tests.support.infer_string_off``; ``.ci/matrix`` does.
"""

import warnings

import pandas as pd

with warnings.catch_warnings():
    # The option is deprecated.
    warnings.simplefilter("ignore")
    pd.set_option("future.infer_string", False)
