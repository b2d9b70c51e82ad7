"""ProjectManager.com: customers, roles and what they may do, resources, projects.

Documentation of the service: https://developer.projectmanager.com

A package like ``pmframes.teamwork``: ``answers`` is what all its lists have in common, each other module
declares some of them.
"""

from pmframes.projectmanager._common import SERVICE as SERVICE
from pmframes.projectmanager._projects import projects, resources
from pmframes.projectmanager._roles import customers, role_permissions, roles

__all__ = ["customers", "projects", "resources", "role_permissions", "roles"]
