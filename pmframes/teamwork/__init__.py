"""Teamwork.com: people and what they may do, projects, companies.

Documentation of the service: https://apidocs.teamwork.com/docs/teamwork

A package, because its records and docstrings are more than one file holds well: ``answers`` is what all its
lists have in common, and each other module declares some of them. Nothing outside knows the modules.
"""

from pmframes.teamwork.answers import SERVICE as SERVICE
from pmframes.teamwork.listings import companies, projects
from pmframes.teamwork.persons import people
from pmframes.teamwork.rights import permissions

__all__ = ["companies", "people", "permissions", "projects"]
