"""The specifications, made strict, and the one way to hold a response against them.

The vendors' files are read from ``../shared/api/specs``; Outlign and Spirii have none, theirs are beside
this file and were written from the fact sheets alone. All four go the same way: what the specification
leaves open is closed, what it is known to have wrong is allowed by name (``exceptions.py``), then
Schemathesis holds each response against it.
"""

import copy
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared"
VENDORS = SHARED / "api" / "specs"
FILES = {
    "teamwork": VENDORS / "teamwork_v3_swagger_subset.json",
    "projectmanager": VENDORS / "projectmanager_openapi_subset_2026.161.148.json", "outlign": HERE / "outlign.yaml",
    "spirii": HERE / "spirii.yaml",
}  # fmt: skip
NO_BODY = 204


@dataclass(frozen=True)
class Allowance:
    """What a specification does not say and the service does.

    Where the pointer leads to something, ``also`` is allowed beside it; where to nothing, it is put there.
    """

    pointer: str
    also: Any
    reason: str
    source: str


@dataclass(frozen=True)
class Demand:
    """What a specification leaves open and a fact sheet does not: keys that are always there, and a shape."""

    pointer: str
    keys: str
    source: str
    shape: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Age:
    """What an older service says otherwise: pointers, and what stands there instead; None takes it away."""

    changes: dict[str, Any]
    reason: str
    source: str


def read(service: str) -> dict[str, Any]:
    path = FILES[service]
    if not path.exists():
        pytest.skip(f"the vendors' specifications are not here: {path}")
    text = path.read_text("utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def find(document: dict[str, Any], pointer: str) -> tuple[Any, str]:
    """Return what holds the end of a pointer, and the end."""
    *way, last = parts(pointer)
    holder: Any = document
    for part in way:
        holder = holder[int(part)] if isinstance(holder, list) else holder.setdefault(part, {})
    return holder, last


def close(schema: Any) -> None:
    """Refuse, in each object whose properties are listed, any that is not."""
    if isinstance(schema, list):
        for each in schema:
            close(each)
    elif isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and "anyOf" not in schema:
            schema.setdefault("additionalProperties", False)
        for each in schema.values():
            close(each)


def allow(document: dict[str, Any], allowance: Allowance) -> None:
    holder, last = find(document, allowance.pointer)
    also = copy.deepcopy(allowance.also)
    holder[last] = {"anyOf": [holder[last], also]} if last in holder else also


def demand(document: dict[str, Any], wanted: Demand) -> None:
    holder, last = find(document, wanted.pointer)
    assert last in holder, f"{wanted.pointer} leads to nothing"
    holder[last] |= {"required": wanted.keys.split()} | copy.deepcopy(wanted.shape)


def fault(failure):
    """Say in a line what Schemathesis says in twenty."""
    if not hasattr(failure, "schema_path"):
        return str(failure)
    where = "/".join("*" if isinstance(part, int) else str(part) for part in failure.instance_path)
    pointer = "/".join(str(part) for part in failure.schema_path)
    return f"{where}: {failure.validation_message[:160]} (by {pointer})"


def grow_old(document: dict[str, Any], age: Age) -> None:
    for pointer, instead in age.changes.items():
        holder, last = find(document, pointer)
        holder.pop(last, None)
        if instead is not None:
            holder[last] = copy.deepcopy(instead)


class Specification:
    """A specification that responses are held against."""

    def __init__(self, document, allowances=(), demands=(), api_versions=()):
        self.document = copy.deepcopy(document)
        for wanted in demands:
            demand(self.document, wanted)
        for allowance in allowances:
            allow(self.document, allowance)
        for age in api_versions:
            grow_old(self.document, age)
        close(self.document.get("definitions") or self.document["components"]["schemas"])
        self.schema = schemathesis.openapi.from_dict(self.document)

    def parameters(self, path, method="GET"):
        """Return the documented query parameters of an operation, by name."""
        listed = self.document["paths"][path][method.lower()].get("parameters", [])
        return {each["name"]: each.get("schema", each) for each in listed if each["in"] == "query"}

    def faults(self, path, method, response):
        """Return what a response has that the specification does not allow; nothing where it conforms."""
        operation = self.schema[path][method]
        documented = operation.definition.raw["responses"]
        if str(response.status_code) not in documented:
            return [f"status {response.status_code} is not documented: {response.content[:200]!r}"]
        if response.status_code == NO_BODY:
            return [f"a body with {NO_BODY}"] if response.content else []
        content_type = str(response.headers.get("content-type", ""))
        if "application/json" not in content_type:
            return [f"content type {content_type!r}"]
        try:
            operation.validate_response(response)
        except (AssertionError, BaseExceptionGroup) as error:
            return [fault(each) for each in getattr(error, "exceptions", [error])]
        return []
