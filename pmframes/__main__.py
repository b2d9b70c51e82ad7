"""``python -m pmframes``: the same as the command ``pmframes``."""

import sys

from pmframes._cli import main

sys.exit(main())
