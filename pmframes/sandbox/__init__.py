"""A server that imitates the four services with the fictional data of one agency.

It is written from the services' documentation and shares no code with the loaders, so that a misreading on
one side shows on the other. The package holds one module per service, with serializers and validation beside
it, the data set in ``dataset``, and fault injection.
"""

from .fault_spec import Fault
from .server import Sandbox

__all__ = ["Fault", "Sandbox"]
