"""Teamwork.com: people and what they may do, projects, companies.

Documentation of the service: https://apidocs.teamwork.com/docs/teamwork

A package, because its records and docstrings are more than one file holds well: ``answers`` is what all its
lists have in common, and each other module declares some of them. Nothing outside knows the modules.
"""

from pmframes.teamwork._common import SERVICE as SERVICE
from pmframes.teamwork._people import people
from pmframes.teamwork._permissions import permissions
from pmframes.teamwork._projects import companies, projects

__all__ = ["companies", "people", "permissions", "projects"]
