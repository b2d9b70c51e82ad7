"""ProjectManager.com: customers, roles and their permissions, resources, projects and their members.

Documentation of the service: https://developer.projectmanager.com

``_common`` holds what all its loaders share; each other module declares some of the loaders.
"""

from typing import TYPE_CHECKING

from pmframes._text import refuse_other_names
from pmframes.projectmanager._common import SERVICE as SERVICE
from pmframes.projectmanager._customers import WRITE_SCHEMA as WRITE_SCHEMA
from pmframes.projectmanager._customers import create_customer, customers, delete_customer, update_customer
from pmframes.projectmanager._members import members
from pmframes.projectmanager._projects import PROJECTS as PROJECTS
from pmframes.projectmanager._projects import projects, resources
from pmframes.projectmanager._roles import role_permissions, roles

__all__ = [
    "create_customer", "customers", "delete_customer", "members", "projects", "resources", "role_permissions",
    "roles", "update_customer",
]  # fmt: skip

if not TYPE_CHECKING:  # so that a type checker reports a misspelt name
    __getattr__ = refuse_other_names("pm.projectmanager", __all__)
