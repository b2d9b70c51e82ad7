"""A server that speaks four services with the data of one fictional agency.

It is written from the fact sheets of the services and shares nothing with the loaders, so that a misreading
on one side shows on the other. An endpoint is a path and a method of its service; what it serves is a list
of ``Dataset``.
"""

from .faults import Fault
from .server import Sandbox

__all__ = ["Fault", "Sandbox"]
