"""``pm.history``: frames kept for later, in a folder that shows whether it was changed.

``store`` has the public class, ``folder`` the files and their lock. ``snapshots`` reads the lines and chooses among
them; ``rewriting`` removes snapshots, or a person from all of them.
"""

from pmframes._history.store import History as History
from pmframes._history.store import history as history
