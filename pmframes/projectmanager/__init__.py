"""ProjectManager.com: customers, roles and their permissions, resources, projects.

Documentation of the service: https://developer.projectmanager.com

``_common`` holds what all its loaders share; each other module declares some of the loaders.
"""

from typing import TYPE_CHECKING

from pmframes._text import refuse_other_names
from pmframes.projectmanager._common import SERVICE as SERVICE
from pmframes.projectmanager._projects import projects, resources
from pmframes.projectmanager._roles import customers, role_permissions, roles

__all__ = ["customers", "projects", "resources", "role_permissions", "roles"]

if not TYPE_CHECKING:  # so that a type checker reports a misspelt name
    __getattr__ = refuse_other_names("pm.projectmanager", __all__)
