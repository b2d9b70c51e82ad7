"""Every response of the sandbox, held against the specification of the service that it speaks for."""

from collections import Counter

import pytest

from pmframes.sandbox import Sandbox

from . import walk
from .exceptions import API_VERSIONS, NOT_SERVED
from .reading import calls
from .specifications import read
from .walk import ME, READS, WRITES, Call, Visitor, operations, somewhere
from .writing import writes

OPERATIONS = [(service, method, path) for service in READS for method, path in operations(service)]
WRITTEN = [service for service in WRITES if WRITES[service]]
SETS_OF_VERSIONS = [(service, api_versions) for service, *api_versions in API_VERSIONS]

# Teamwork: both spellings (section 6). ProjectManager.com: none (section 3). Outlign: Laravel's, Reset and
# Retry-After on a refusal only (section 7). Spirii: section 6.
WORDS = [f"x-{word}-{what}" for word in ("ratelimit", "rate-limit") for what in ("limit", "remaining", "reset")]
LIMITS = {
    "teamwork": ({*WORDS}, set()), "projectmanager": (set(), set()),
    "outlign": ({*WORDS[:2]}, {WORDS[2], "retry-after"}), "spirii": ({*WORDS[:3]}, {"retry-after"}),
}  # fmt: skip
PERSON = """
    id firstName lastName title email companyId company companyRoleId isAdmin isClientUser isServiceAccount type deleted
    canAddProjects timezone avatarUrl lengthOfDay workingHoursId workingHour userRate userCost createdAt createdBy
    updatedAt updatedBy isPlaceholderResource
"""
PROJECT = """
    id name description status subStatus type companyId company ownerId projectOwner categoryId startAt endAt
    completedAt createdAt createdBy updatedAt updatedBy isBillable isStarred lastWorkedOn tagIds
"""
COMPANY = """
    id name isOwner countryCode city website emailOne phone accounts clients collaborators contacts industryId status
    createdAt updatedAt
"""
RESOURCE = """
    id initials name firstName lastName email hourlyRate phone city state country countryName notes approver teams
    skills onlineDateTime role roleId isActive createdDate createdBy modifiedDate modifiedBy colorName color avatarUrl
    language resourceTypeId defaultPlannedHours workingDays
"""
PM_PROJECT = """
    id name shortCode description folder status priority chargeCode customer manager ownerId percentComplete budget
    hourlyRate startDate endDate targetDate isTemplate createDate modifyDate members
"""
# Sections 5 and 11 of Teamwork's sheet, 5 of ProjectManager.com's; the two specifications written here say by
# themselves what is always there.
KEYS = {
    ("teamwork", walk.PEOPLE): PERSON, ("teamwork", walk.PROJECT_PEOPLE): PERSON, ("teamwork", walk.PROJECTS): PROJECT,
    ("teamwork", walk.COMPANIES): COMPANY, ("projectmanager", walk.PM_RESOURCES): RESOURCE,
    ("projectmanager", walk.PM_PROJECTS): PM_PROJECT,
}  # fmt: skip


def report(found):
    return "\n".join(f"{number} x {each}" for each, number in found.most_common(40))


def visit(visitor, specification, walked):
    """Send calls; return what is wrong with the answers, counted."""
    found = Counter()
    for call in walked:
        response = visitor.send(call)
        if response.status_code not in call.expect:
            text = response.text[:120]
            found[f"{call} was answered with {response.status_code}, not {sorted(call.expect)}: {text}"] += 1
        for fault in specification.faults(call.path, call.method, response):
            found[f"{call.method} {call.path}: {fault}"] += 1
    return found


@pytest.mark.parametrize(("service", "path"), [(service, path) for service in READS for path in READS[service]])
def test_every_answer_to_a_reading_call_is_as_specified(visitors, specifications, service, path):
    visitor, specification = visitors[service], specifications(service)
    walked = calls(visitor, specification, path)
    found = visit(visitor, specification, walked)
    assert not found, f"{len(walked)} calls\n{report(found)}"


@pytest.mark.parametrize(("service", "api_versions"), SETS_OF_VERSIONS)
def test_an_older_service_answers_as_it_did(specifications, service, api_versions):
    specification = specifications(service, *api_versions)
    with Sandbox(people=60, api_versions={service: set(api_versions)}) as box:
        visitor = Visitor(box, service)
        found = Counter()
        for path in READS[service]:
            found += visit(visitor, specification, calls(visitor, specification, path)[:60])
        found += visit(visitor, specification, writes(visitor))
    assert not found, report(found)


@pytest.mark.parametrize("service", WRITTEN)
def test_every_answer_to_a_writing_call_is_as_specified(specifications, service):
    with Sandbox(people=60) as box:
        visitor = Visitor(box, service)
        found = visit(visitor, specifications(service), writes(visitor))
    assert not found, report(found)


@pytest.mark.parametrize(("service", "method", "path"), OPERATIONS)
def test_a_call_without_the_right_token_is_refused_as_specified(visitors, specifications, service, method, path):
    visitor = visitors[service]
    call = Call(path, method=method, body={} if method in ("POST", "PUT") else None, at=somewhere(visitor, path))
    for credential in ("Bearer wrong", "Basic d3Jvbmc6eA==", None):
        response = visitor.send(call, headers={"Authorization": credential})
        assert response.status_code in (401, 403), f"{call} with {credential}"
        assert specifications(service).faults(path, method, response) == []


@pytest.mark.parametrize("service", list(READS))
def test_a_call_too_many_is_refused_as_specified(specifications, service):
    with Sandbox(people=30, rate_limit=3) as box:
        visitor = Visitor(box, service)
        path = READS[service][0]
        answers = [visitor.send(Call(path)) for _ in range(5)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
    for response in answers:
        assert specifications(service).faults(path, "GET", response) == []
    always, too_many = LIMITS[service]
    for response in answers:
        told = {name for name in map(str.lower, response.headers) if "rate" in name or name == "retry-after"}
        assert told == (always | too_many if response.status_code == 429 else always)
    assert [each.headers.get("X-RateLimit-Remaining", "") for each in answers] in (["2", "1", "0", "0", "0"], [""] * 5)


@pytest.mark.parametrize("service", list(READS))
def test_every_operation_that_is_specified_is_walked_or_named(specifications, service):
    listed = read(service)["paths"]
    specified = {(method.upper(), path) for path in listed for method in listed[path] if method != "parameters"}
    walked = set(operations(service)) - {("GET", ME)}
    assert specified == walked | set(NOT_SERVED[service])
    assert not walked & set(NOT_SERVED[service])


@pytest.mark.parametrize(("service", "path"), list(KEYS))
def test_rows_have_every_key_that_the_sheet_names(visitors, service, path):
    rows = visitors[service].rows(path, **somewhere(visitors[service], path))
    assert set(KEYS[service, path].split()) - set().union(*rows) == set()
