"""Teamwork.com: people and their permissions, projects, companies.

Documentation of the service: https://apidocs.teamwork.com/docs/teamwork

``_common`` holds what all its loaders share; each other module declares some of the loaders.
"""

from typing import TYPE_CHECKING

from pmframes._text import refuse_other_names
from pmframes.teamwork._common import SERVICE as SERVICE
from pmframes.teamwork._people import people
from pmframes.teamwork._permissions import permissions
from pmframes.teamwork._projects import companies, projects

__all__ = ["companies", "people", "permissions", "projects"]

if not TYPE_CHECKING:  # so that a type checker reports a misspelt name
    __getattr__ = refuse_other_names("pm.teamwork", __all__)
