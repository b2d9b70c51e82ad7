"""What type checkers know of the frames that loaders return; when a program runs they are DataFrames."""

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pmframes._accessor import Accessor

    class Frame(pd.DataFrame):
        """A DataFrame of which a type checker knows that it has ``.pm``, which each of them has."""

        pm: Accessor

else:
    Frame = pd.DataFrame
