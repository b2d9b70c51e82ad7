"""Spirii: customers, those who own or use charge points.

Documentation of the service: https://docs.spirii.com/api-reference

``_customers`` declares the service and its loader, ``_writing`` what can be written.
"""

from typing import TYPE_CHECKING

from pmframes._text import refuse_other_names
from pmframes.spirii._customers import CUSTOMERS as CUSTOMERS
from pmframes.spirii._customers import SERVICE as SERVICE
from pmframes.spirii._customers import TYPES as TYPES
from pmframes.spirii._customers import customers
from pmframes.spirii._writing import WRITE_SCHEMA as WRITE_SCHEMA
from pmframes.spirii._writing import create_customer, update_customer

__all__ = ["create_customer", "customers", "update_customer"]

if not TYPE_CHECKING:  # so that a type checker reports a misspelt name
    __getattr__ = refuse_other_names("pm.spirii", __all__)
