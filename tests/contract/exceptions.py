"""Where a specification is known to be wrong or silent, by name, with the reason and where that is written.

Sections are those of the service's fact sheet in ``../shared/api``; ``design.md 6`` is the list of values
that the sandbox sends on purpose because a client has to survive them.
"""

from .specifications import Age, Allowance, Demand
from .walk import (
    COMPANIES,
    ME,
    PEOPLE,
    PM_CUSTOMERS,
    PM_MEMBERS,
    PM_PROJECTS,
    PM_RESOURCES,
    PROJECT_PEOPLE,
    PROJECTS,
    READS,
)

NULL = {"type": "null"}


def escape(path):
    return path.replace("~", "~0").replace("/", "~1")


def nulls(schema, names, reason, source):
    return tuple(Allowance(f"{schema}/properties/{name}", NULL, reason, source) for name in names.split())


def answers(paths, method, status, schema, reason, source, *, v2=False):
    content = {"schema": schema} if v2 else {"content": {"application/json": {"schema": schema}}}
    also = {"description": reason} | content
    return tuple(
        Allowance(f"/paths/{escape(path)}/{method}/responses/{status}", also, reason, source) for path in paths
    )


# --- Teamwork ---

USER, COMPANY, PROJECT = (f"/definitions/view.{name}" for name in ("User", "Company", "ProjectV205"))
CATEGORY = "/definitions/view.ProjectCategory"
TEAMWORK_ERROR = {"$ref": "#/definitions/view.ErrorResponse"}
TEAMWORK_PATHS = (PEOPLE, PROJECT_PEOPLE, PROJECTS, COMPANIES, ME)
MIXED = 'null, "", [] and 0 are mixed for "none" in one and the same record; the specification has no null at all'

TEAMWORK = (
    Allowance(f"/paths/{escape(ME)}/get", {
        "operationId": "me", "produces": ["application/json"],
        "responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/people.Response"}}},
    }, "the subset has no me.json; the vendor's own SDK calls it, and it answers as a single person", "teamwork.md 1"),
    *answers(TEAMWORK_PATHS, "get", 401, TEAMWORK_ERROR, "seen live, not listed", "teamwork.md 6", v2=True),
    *answers((PROJECT_PEOPLE,), "get", 404, TEAMWORK_ERROR, "an unknown project, not listed", "teamwork.md 6", v2=True),
    *answers(TEAMWORK_PATHS, "get", 429, TEAMWORK_ERROR, "the rate limit, not listed", "teamwork.md 6", v2=True),
    *nulls(USER, "title", "nullable in the SDK (*string)", "teamwork.md 5"),
    *nulls(USER, "userRate userCost", "null without the right to see rates", "teamwork.md 2, 5"),
    *nulls(USER, "workingHoursId workingHour", "nullable in the SDK", "teamwork.md 5"),
    *nulls(USER, "timezone", "nullable in a client's struct", "teamwork.md 5"),
    *nulls(USER, "companyId company", "a person may have no company", "teamwork.md 5"),
    *nulls(USER, "updatedAt", 'an unset date is "", null or the zero of Go', "teamwork.md 5"),
    *nulls(USER, "lastName lengthOfDay updatedBy", MIXED, "teamwork.md 5; design.md 6"),
    Allowance(f"{USER}/properties/createdBy", {"type": "integer"}, "a plain int in live records", "teamwork.md 5"),
    *nulls(COMPANY, "logoUrl profileText phone city countryCode clientManagedBy", MIXED, "teamwork.md 5; design.md 6"),
    *nulls(COMPANY, "createdAt updatedAt", 'an unset date is "", null or the zero of Go', "teamwork.md 5"),
    *nulls(PROJECT, "tagIds startAt", "null in a recorded project", "teamwork.md 5, 11"),
    *nulls(PROJECT, "endAt completedAt startDate endDate lastWorkedOn", "an unset date", "teamwork.md 5"),
    *nulls(PROJECT, "customFieldValueIds financialBudget financialBudgetId logoColor logoIcon minMaxAvailableDates "
        "timeBudget timeBudgetId updateId completedBy description updatedBy latestActivity update", MIXED,
        "teamwork.md 5"),
    *nulls(CATEGORY, "parent parentId", MIXED, "teamwork.md 5"),
    *nulls("/definitions/view.Tag", "project", MIXED, "teamwork.md 5"),
)  # fmt: skip
TEAMWORK_DEMANDS = (
    Demand("/definitions/people.MultiResponse", "people meta included", "teamwork.md 1"),
    Demand("/definitions/people.Response", "person", "teamwork.md 1"),
    Demand("/definitions/project.projectsResponseV205", "projects meta included", "teamwork.md 11"),
    Demand("/definitions/company.CompaniesResponse", "companies meta included", "teamwork.md 11"),
    Demand("/definitions/view.Meta", "page", "teamwork.md 3"),
    Demand("/definitions/view.MetaPage", "pageOffset pageSize count hasMore", "teamwork.md 3"),
    Demand("/definitions/view.Relationship", "id type", "teamwork.md 4"),
    Demand("/definitions/view.ErrorResponse", "errors", "teamwork.md 6"),
    Demand("/definitions/view.Error", "id title detail", "teamwork.md 6"),
)

# --- ProjectManager.com ---

SCHEMAS = "/components/schemas"
ASTRO = {"$ref": "#/components/schemas/AstroResult"}
BY_ID = PM_CUSTOMERS + "/{customerId}"
ODATA = (PM_RESOURCES, PM_PROJECTS)
# The one error body that the specification shows is an example without a schema: nothing beside the error.
REFUSED = {
    "type": "object", "additionalProperties": False,
    "properties": {"error": {"$ref": "#/components/schemas/AstroError"}},
}  # fmt: skip
PROSE = "401 is named in the prose only; no shape is documented, the envelope is"
SILENT = "the specification documents no limit and no shape; the enum of states has TooManyRequests"

PROJECTMANAGER = (
    *answers(READS["projectmanager"], "get", 401, ASTRO, PROSE, "projectmanager.md 3"),
    *answers((PM_CUSTOMERS,), "post", 401, ASTRO, PROSE, "projectmanager.md 3"),
    *answers((BY_ID,), "put", 401, ASTRO, PROSE, "projectmanager.md 3"),
    *answers((BY_ID,), "delete", 401, ASTRO, PROSE, "projectmanager.md 3"),
    *answers(READS["projectmanager"], "get", 429, ASTRO, SILENT, "projectmanager.md 3"),
    *answers(ODATA, "get", 400, ASTRO, "an expression that is none; 400 is listed for writes only",
        "projectmanager.md 3"),
    *answers((PM_MEMBERS,), "get", 400, ASTRO, "a boolean that is none; 400 is listed for writes only",
        "projectmanager.md 3"),
    *answers((PM_MEMBERS,), "get", 404, ASTRO, "no project of that id, not listed", "projectmanager.md 3"),
    *answers((BY_ID,), "put", 400, REFUSED | {"required": ["error"]}, "listed in the specifications before 145 only",
        "projectmanager.md 2"),
    *answers((BY_ID,), "put", 404, ASTRO, "no customer of that id, not listed", "projectmanager.md 3"),
    *answers((BY_ID,), "delete", 404, ASTRO, "no customer of that id, not listed", "projectmanager.md 3"),
    *nulls(f"{SCHEMAS}/ProjectCustomerDto", "name", "nullable before version 120", "projectmanager.md 2; design.md 6"),
    *nulls(f"{SCHEMAS}/UserRoleDto", "description", "a null where text is said", "design.md 6"),
)  # fmt: skip
ENVELOPE = "error success hasError statusCode data"
PERMISSIONS = """
    invitePeople editAccountPage editSecurityPage seeHourlyRatesCostsBudgets setTeamHolidays editTagsSkillsTeams
    editTeamTimesheets approveTimesheets editImportantProjectInfo seeExportProject seeManageUsers manageIntegrations
    createProjectAndProjectGroups editUsers viewPersonalBoard editAllProjects changeOwnEmail useMcp
"""
RESOURCE = "id name firstName lastName email role roleId isActive hourlyRate teams skills"
LISTED_PROJECTS = "id name shortCode status customer manager ownerId budget startDate createDate"
MEMBER = "id projectId initials name avatarUrl role permission color permissionOptions"
ROLE = "id name description isAdmin isCustom isGlobalAdmin isGuest isDefault permissions"
FEATURE = "isGranted isEntitled isFeatureEnabled featureId featureName"
ENVELOPED = (
    "ProjectCustomerDtoList ProjectCustomerDto UserRoleDtoList ResourceDtoList ProjectDtoList ProjectMemberDtoList "
    "WorkSpaceUserInfoDto"
)
PROJECTMANAGER_DEMANDS = (
    *(Demand(f"{SCHEMAS}/{name}AstroResult", ENVELOPE, "projectmanager.md 3") for name in ENVELOPED.split()),
    Demand(f"/paths/{escape(PM_CUSTOMERS)}/post/responses/400/content/{escape('application/json')}/schema", "error",
        "projectmanager.md 2", REFUSED),
    Demand(f"{SCHEMAS}/AstroResult", "error success hasError statusCode", "projectmanager.md 3"),
    Demand(f"{SCHEMAS}/ProjectCustomerDto", "id name", "projectmanager.md 2"),
    Demand(f"{SCHEMAS}/UserRoleDto", ROLE, "projectmanager.md 2"),
    Demand(f"{SCHEMAS}/UserRolePermissionsDto", PERMISSIONS, "projectmanager.md 2"),
    Demand(f"{SCHEMAS}/UserRolePermissionDto", "description value canBeModified", "projectmanager.md 2"),
    Demand(f"{SCHEMAS}/ResourceDto", RESOURCE, "projectmanager.md 5"),
    Demand(f"{SCHEMAS}/ProjectDto", LISTED_PROJECTS, "projectmanager.md 5"),
    Demand(f"{SCHEMAS}/ProjectMemberDto", MEMBER, "projectmanager.md 5"),
)  # fmt: skip

# --- Outlign and Spirii, whose shapes are in the files beside this one ---

ZERO = {"type": "object", "required": ["id", "title"], "properties": {"id": {"const": 0}, "title": NULL}}
ODD_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$"}
OUTLIGN = (
    *nulls(f"{SCHEMAS}/Client", "title", "a null where text is said", "design.md 6"),
    *nulls(f"{SCHEMAS}/BareClient", "title", "a null where text is said", "design.md 6"),
    Allowance(f"{SCHEMAS}/Client/properties/company", ZERO, "an id of zero for none", "design.md 6"),
    Allowance(f"{SCHEMAS}/Time", ODD_TIME, "to be tolerated: seconds, a date alone, the zero of Go", "outlign.md 9"),
)
NOBODYS = {"type": "object", "required": ["id", "name"], "properties": {"id": {"const": 0}, "name": NULL}}
SPIRII = (
    *nulls(f"{SCHEMAS}/Customer", "name country locations", "a null where a value is said", "design.md 6"),
    Allowance(f"{SCHEMAS}/Customer/properties/country", {"const": ""}, "an empty string for none", "design.md 6"),
    Allowance(f"{SCHEMAS}/Customer/properties/owner", NOBODYS, "an id of zero for none", "design.md 6"),
    Allowance(f"{SCHEMAS}/Customer/properties/cpo", NOBODYS, "an id of zero for none", "design.md 6"),
    Allowance(f"{SCHEMAS}/Time", {"enum": ["", None, "0001-01-01T00:00:00Z"]}, "an unset date", "design.md 6"),
)

# --- Specified, and not served: pmframes neither reads nor writes them (design.md 4 and 5) ---

NOT_SERVED = {
    "teamwork": {
        ("GET", "/projects/api/v3/people/{personId}.json"): "a person comes from a list",
        ("GET", "/projects/api/v3/companies/{companyId}.json"): "a company comes from a list",
    },
    "projectmanager": {
        ("POST", PM_PROJECTS): "only customers are written",
        ("POST", PM_RESOURCES): "only customers are written",
        ("GET", "/api/data/projects/membership"): "of the current user only",
        ("PUT", "/api/data/projects/{projectId}/members"): "only customers are written",
        ("GET", "/api/data/security/businessroles"): "roles come from users/roles",
        ("POST", "/api/data/security/businessroles"): "only customers are written",
        ("PUT", "/api/data/security/businessroles/{roleId}"): "only customers are written",
        ("DELETE", "/api/data/security/businessroles/{roleId}"): "only customers are written",
        ("GET", "/api/data/workspaces"): "the current one is in me",
    },
    "outlign": {},
    "spirii": {},
}

ALLOWANCES = {"teamwork": TEAMWORK, "projectmanager": PROJECTMANAGER, "outlign": OUTLIGN, "spirii": SPIRII}
DEMANDS = {"teamwork": TEAMWORK_DEMANDS, "projectmanager": PROJECTMANAGER_DEMANDS, "outlign": (), "spirii": ()}

# --- Ages: what an older service says otherwise; under two names, what both together say ---

TEXT = {"type": "string"}
AUDIT = "createdAt createdBy updatedAt updatedBy isPlaceholderResource"
ISO_SECONDS = {"anyOf": [{"type": "string", "pattern": r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$"}, {"enum": ["", None]}]}
GUID = {"type": "string", "format": "uuid"}


def listed(name):
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def with_company_id():
    plain = {"id": {"type": "integer"}, "title": {"type": ["string", "null"]}}
    times = {name: {"$ref": "#/components/schemas/Time"} for name in ("created_at", "updated_at")}
    company = {"company_id": {"type": ["integer", "null"]}}
    return {"type": "object", "required": [*plain, *company, *times], "properties": plain | company | times}


API_VERSIONS = {
    ("teamwork", "lower-bound-count"): Age({}, "the count alone differs: test_ages.py", "teamwork.md 3"),
    ("teamwork", "teams"): Age({
        f"{USER}/properties/teams/type": ["array", "null"],
    }, "specified, and in no recorded response", "teamwork.md 5"),
    ("teamwork", "last-login"): Age({
        f"{USER}/properties/lastLogin": {"type": ["string", "null"]},
    }, "undocumented, read by consumers", "teamwork.md 5"),
    ("teamwork", "no-audit-fields"): Age(
        dict.fromkeys(f"{USER}/properties/{name}" for name in AUDIT.split()),
        "in no response recorded in 2024", "teamwork.md 5"),
    ("teamwork", "partial-permissions"): Age({}, "whose permissions are included is not documented", "teamwork.md 4"),
    ("projectmanager", "two-field-roles"): Age({
        f"{SCHEMAS}/UserRoleDto/properties": {"id": GUID, "name": TEXT},
        f"{SCHEMAS}/UserRoleDto/required": ["id", "name"],
    }, "before 144.0.155 a role had an id and a name", "projectmanager.md 2"),
    ("projectmanager", "seventeen-permissions"): Age({
        f"{SCHEMAS}/UserRolePermissionsDto/properties/useMcp": None,
        f"{SCHEMAS}/UserRolePermissionsDto/required": PERMISSIONS.split()[:-1],
    }, "useMcp is new in 2026.158.269", "projectmanager.md 2"),
    ("projectmanager", "no-role-id"): Age({
        f"{SCHEMAS}/ResourceDto/properties/roleId": None,
        f"{SCHEMAS}/ResourceDto/required": [each for each in RESOURCE.split() if each != "roleId"],
    }, "roleId is new in 2026.158.269", "projectmanager.md 5"),
    ("projectmanager", "business-roles"): Age({
        f"{SCHEMAS}/UserRoleDtoListAstroResult/properties/data": {"$ref": f"#{SCHEMAS}/BusinessRolesListDto"},
        f"{SCHEMAS}/BusinessRolesListDto/required": ["roles"],
        f"{SCHEMAS}/RoleDto/required": ROLE.split(),
        f"{SCHEMAS}/RolePermissionFeatureDto/required": FEATURE.split(),
    }, "roles as /api/data/security/businessroles lists them", "projectmanager.md 5"),
    ("projectmanager", "user-ids"): Age({}, "whether a user's id is the resource's is not documented",
        "projectmanager.md 5"),
    ("outlign", "bare-list"): Age({
        f"{SCHEMAS}/ClientPage": listed("Client"), f"{SCHEMAS}/CompanyPage": listed("Company"),
        f"{SCHEMAS}/Single": {"$ref": f"#{SCHEMAS}/BareClient"}, f"{SCHEMAS}/Created": {"$ref": f"#{SCHEMAS}/Client"},
    }, "the documents show a bare array, and bare objects", "outlign.md 1, 4"),
    ("outlign", "company-id"): Age({
        f"{SCHEMAS}/Client": with_company_id(), f"{SCHEMAS}/BareClient": with_company_id(),
    }, "the older documents have company_id, always", "outlign.md 2"),
    ("outlign", "bare-list", "company-id"): Age({f"{SCHEMAS}/Time": ISO_SECONDS},
        "both together are the older documents, whose times end in seconds", "outlign.md 2"),
    ("spirii", "small-pages"): Age({}, "a maximum is documented for siblings only", "spirii.md 2, 4"),
    ("spirii", "page-count"): Age({}, "what count counts is not documented", "spirii.md 3"),
    ("spirii", "replaced-objects"): Age({}, "an update of part of an object is not documented", "spirii.md 8"),
    ("spirii", "with-type"): Age({
        f"{SCHEMAS}/Customer/properties/type": {"enum": ["Private", "Business", "CPO", "CPOSubsidiary"]},
        f"{SCHEMAS}/Customer/required": ["id", "name", "country", "createdAt", "updatedAt", "type"],
    }, "type may be answered one day: it is filtered, sorted and created by", "spirii.md 3"),
}  # fmt: skip
