"""Every error that pmframes raises, and the only place where their wording is made.

Each message gives the cause and then the remedy. No message holds a credential, and none holds more of
what a service sent than a short, cleaned piece of its own explanation.
"""

from pmframes.errors import kinds
from pmframes.errors.keeping import *
from pmframes.errors.kinds import *
from pmframes.errors.loading import *
from pmframes.errors.magic import *
from pmframes.errors.seeing import *

for _name in kinds.__all__:
    # So that a traceback names them as users do.
    getattr(kinds, _name).__module__ = __name__
