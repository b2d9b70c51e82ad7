"""The templates of reports and tables, and the other files beside them."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template


def read_resource(name: str) -> str:
    """Read a file of this package."""
    return files("pmframes.report").joinpath(name).read_text("utf-8")


@cache
def load_template(name: str) -> Template:
    """Return a template, in which all text is escaped."""
    loader = FunctionLoader(read_resource)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)
