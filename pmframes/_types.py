"""The types of the arguments and results of loaders, and the dtype of text.

Loaders name the aliases in their signatures, which ``?`` shows as they are written.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pmframes._accessor import Accessor

    class Frame(pd.DataFrame):
        """A DataFrame with ``.pm``, which type checkers do not know from an accessor."""

        pm: Accessor

else:
    Frame = pd.DataFrame

Ids: TypeAlias = int | Iterable[int] | None
Names: TypeAlias = str | Iterable[str] | None
DateLike: TypeAlias = str | date | None
OrderMode: TypeAlias = Literal["asc", "desc"]
Params: TypeAlias = Mapping[str, str | float | bool | Sequence[str | float | bool]] | None
# Not "str": with pandas' option future.infer_string off, that is object, and missing texts become "nan" and "None".
TEXT = pd.StringDtype(na_value=np.nan)
