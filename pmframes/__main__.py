"""``python -m pmframes``: the same as the command ``pmframes``."""

import sys

from pmframes._cli import main

if __name__ == "__main__":
    sys.exit(main())
