"""Hand-made frames: they have the columns and dtypes that design.md declares, and come from no service."""

import numpy as np
import pandas as pd
import pyarrow as pa

from pmframes._types import TEXT

CANARY = "canary"
AWKWARD = (
    f"<img src=x onerror=\"document.title='{CANARY}'\">", f"<script>document.title='{CANARY}'</script>",
    f'"><svg onload="document.title=\'{CANARY}\'">', "</td></table></style></title><h1>out", "]]>--><!--", "$x^$",
    "$\\frac{1", "_hidden", "=HYPERLINK('https://example.com')", "https://example.com/picture.png",
    "{{ 7 * 7 }}{% raw %}", "שלום עולם", "مرحبا", "\u202eright to left", "株式会社サンプル",
    "🦄 & 'Sons' \"Ltd\" &amp;", "0012", "two\nlines\tand a tab", "bell \x07",
    "a very long name that goes on and on and on until nobody reads it any more",
)  # fmt: skip
TYPES = ("account", "collaborator", "contact")
FLAGS = ("is_admin", "is_client_user", "is_service_account", "deleted")
PERMISSIONS = {
    "invitePeople": "Add people to the account", "editAccountPage": "Edit accounts and billing page",
    "editSecurityPage": "Edit role security settings",
    "seeHourlyRatesCostsBudgets": "See hourly rates, costs and budgets", "setTeamHolidays": "Set team holidays",
    "editTagsSkillsTeams": "Create and edit tags, skills and teams", "editTeamTimesheets": "Edit team timesheets",
    "approveTimesheets": "Approve timesheets", "editImportantProjectInfo": "Manage project portfolio",
    "seeExportProject": "Ability to export projects", "seeManageUsers": "Access the Manage Users page",
    "manageIntegrations": "Manage integrations", "createProjectAndProjectGroups": "Create Projects",
    "editUsers": "Edit user profiles, roles and emails", "viewPersonalBoard": "View personal board",
    "editAllProjects": "Edit all projects and timesheets", "changeOwnEmail": "Edit own email address",
    "useMcp": "Use MCP server and AI integrations via OAuth",
}  # fmt: skip


def stamp(frame, service, resource, **more):
    """Say where the frame comes from, as a loader would; it is fictional."""
    frame.attrs["pmframes"] = {
        "service": service,
        "resource": resource,
        "params": {},
        "fetched_at": "2026-09-01T08:30:00+00:00",
        "cached": False,
        "requests": 3,
        "rows": len(frame),
        "complete": True,
        "fictional": True,
        "version": "0.0.9",
        **more,
    }
    return frame


def whole(frame):
    """Make a frame count as a whole load of its own, whatever rows were taken out of it."""
    frame = frame.copy()
    if "rows" in frame.attrs.get("pmframes", {}):
        frame.attrs["pmframes"] = frame.attrs["pmframes"] | {"rows": len(frame)}
    return frame


def text(values):
    """Make a column of text."""
    return pd.Series(values, dtype=TEXT)


def retyped(read, frame):
    """Give what pandas read from parquet the dtypes of the frame, if pandas infers another dtype for text."""
    return read if pd.Series(["a"]).dtype == TEXT else read.astype(frame.dtypes)


def people(types=("account", "account", "contact", None), **columns):
    """Make people of these types on project 7; their flags are True, False and missing in turn."""
    unknown = sorted({one for one in types if one is not None} - set(TYPES))
    given = {
        "project_id": pd.Series([7] * len(types), dtype="Int64"),
        "id": pd.Series(range(1, len(types) + 1), dtype="int64"),
        "name": text([f"Person {place}" for place in range(len(types))]),
        "type": pd.Series(types, dtype=pd.CategoricalDtype(text([*TYPES, *unknown]))),
        "company_name": text([("Acme", None, "Beta")[place % 3] for place in range(len(types))]),
        "team_ids": pd.Series([[], [1], [1, 2]] * len(types), dtype=object)[: len(types)],
        **{flag: pd.Series([True, False, None] * len(types), dtype="boolean")[: len(types)] for flag in FLAGS},
        **columns,
    }
    return stamp(pd.DataFrame(given), "teamwork", "people")


def permissions(granted=((True, False), (True, None), (None, None)), names=("add_tasks", "view_time"), **columns):
    """Make a frame of permissions: a line of ``granted`` per person on a project."""
    count = len(granted)
    given = {
        "project_id": pd.Series([7] * count, dtype="Int64"), "project_name": text(["Project 7"] * count),
        "person_id": pd.Series(range(1, count + 1), dtype="int64"),
        "name": text([f"Person {place}" for place in range(count)]),
        "type": pd.Series(["account"] * count, dtype=pd.CategoricalDtype(text(TYPES))),
        "company_name": text(["Acme"] * count),
        **{flag: pd.Series([True, False, None] * count, dtype="boolean")[:count] for flag in FLAGS},
        **{name: pd.Series([line[place] for line in granted], dtype="boolean") for place, name in enumerate(names)},
        **columns,
    }  # fmt: skip
    return stamp(pd.DataFrame(given), "teamwork", "permissions")


def many_permissions(count=46, people=300, seed=7, names=()):
    """Make as many permissions, of which the later ones are granted to fewer, and the last not sent."""
    names = [*names, *(f"permission_of_number_{number}" for number in range(len(names), count))]
    random = np.random.default_rng(seed)
    granted = random.random((people, count)) < np.linspace(1, 0, count)
    cells = granted.astype(object)
    cells[: people // 3, -2:] = None
    return permissions(cells.tolist(), names)


def many_people(count=1200, seed=7):
    """Make people as an account has them: most are of type account, few have a flag."""
    random = np.random.default_rng(seed)
    types = random.choice(TYPES, size=count, p=[0.68, 0.11, 0.21]).tolist()
    chances = zip(FLAGS, (0.03, 0.16, 0.01, 0.04), strict=True)
    flags = {flag: pd.array(random.random(count) < chance, dtype="boolean") for flag, chance in chances}
    companies = text([f"Company {number}" for number in random.integers(1, 40, count)])
    return people(types, company_name=companies, **flags)


def roles(names=("Admin", "Member", "Guest"), permissions=("invitePeople", "useMcp"), granted=None):
    """Make roles: granted all, granted nothing and unknown in turn, unless ``granted`` has a line per role."""
    count = len(names)
    granted = granted or [[one] * len(permissions) for one in ([True, False, None] * count)[:count]]
    flags = ("is_admin", "is_custom", "is_global_admin", "is_guest", "is_default")
    columns = {
        "id": text([f"r{place}" for place in range(count)]),
        "name": text(names),
        "description": text([None] * count),
        **{flag: pd.Series([False] * count, dtype="boolean") for flag in flags},
        **{
            permission: pd.Series([line[place] for line in granted], dtype="boolean")
            for place, permission in enumerate(permissions)
        },
    }
    return stamp(pd.DataFrame(columns), "projectmanager", "roles")


def many_roles(seed=7):
    """Make roles with all permissions and names of many kinds; attrs describe the permissions."""
    random = np.random.default_rng(seed)
    names = ["Global Admin", "Admin", "Manager", "Team member", "Guest", "Finance", "Finance", "_auditor"]
    names += ["Portfolio office Northern and Eastern Europe", "Timesheets only", "Réviseur", "外部監査人"]
    names += ["מנהל פרויקט", "$x^$"]
    granted = [
        [None if name == "useMcp" and place > 10 else bool(random.random() < chance) for name in PERMISSIONS]
        for place, chance in enumerate(np.linspace(0.95, 0.1, len(names)))
    ]
    frame = roles(names, list(PERMISSIONS), granted)
    frame.attrs["permissions"] = {
        name: {"description": description, "fixed": ["r0", "r1"][: place % 3]}
        for place, (name, description) in enumerate(PERMISSIONS.items())
    }
    return frame


def clients(companies=((1, "Acme"), (1, "Acme"), (2, "Beta"), (None, None))):
    """Make clients of Outlign, one per company as id and title."""
    count = len(companies)
    columns = {
        "id": pd.Series(range(count), dtype="int64"), "title": text([f"Client {place}" for place in range(count)]),
        "company_id": pd.Series([one for one, _ in companies], dtype="Int64"),
        "company_title": text([name for _, name in companies]),
        "created_at": pd.date_range("2024-01-01", periods=count, tz="UTC", unit="us"),
        "updated_at": pd.date_range("2025-01-01", periods=count, tz="UTC", unit="us"),
    }  # fmt: skip
    return stamp(pd.DataFrame(columns), "outlign", "clients")


def many_clients(count=420, companies=40, seed=7):
    """Make clients whose companies have hostile and long names."""
    chosen = (np.random.default_rng(seed).power(0.45, count) * companies).astype(int)
    names = [*AWKWARD, "Nordlys Energi A/S", "Hafen & Söhne GmbH", "O'Brien Ltd"]
    names += [f"Company {number}" for number in range(len(names), companies)]
    rows = [(int(one) + 1, names[one]) for one in chosen]
    return clients([(None, None) if place % 19 == 0 else row for place, row in enumerate(rows)])


def owned_customers(owners=("Acme", "Acme", None)):
    """Make customers of Spirii, one per owner."""
    unknown = pd.Series([pd.NaT] * len(owners), dtype="datetime64[us, UTC]")
    columns = {
        "id": text([f"c{place}" for place in range(len(owners))]),
        "name": text([f"Customer {place}" for place in range(len(owners))]),
        "owner_id": text([None if owner is None else f"o-{owner}" for owner in owners]), "owner_name": text(owners),
        "created_at": unknown, "updated_at": unknown,
    }  # fmt: skip
    return stamp(pd.DataFrame(columns), "spirii", "customers")


def operated_customers(operators=((3, "Volt"), (3, "Volt"), (4, "Grid"), (None, None))):
    """Make customers of Spirii, one per operator as id and name."""
    owned = owned_customers([None] * len(operators))
    columns = {
        "cpo_id": pd.Series([one for one, _ in operators], dtype="Int64"),
        "cpo_name": text([name for _, name in operators]),
    }
    return stamp(owned.assign(**columns), "spirii", "customers")


def projects(customers=(("p0", "Acme"), ("p0", "Acme"), ("p1", "Beta"), (None, None))):
    """Make projects of ProjectManager.com, one per customer as id and name."""
    count = len(customers)
    columns = {
        "id": text([f"j{place}" for place in range(count)]),
        "name": text([f"Project {place}" for place in range(count)]),
        "customer_id": text([one for one, _ in customers]), "customer_name": text([name for _, name in customers]),
        "created_at": pd.date_range("2024-01-01", periods=count, tz="UTC", unit="us"),
        "updated_at": pd.date_range("2025-01-01", periods=count, tz="UTC", unit="us"),
    }  # fmt: skip
    return stamp(pd.DataFrame(columns), "projectmanager", "projects")


def plain_customers(count=3):
    """Make customers of ProjectManager.com, which have an id and a name only."""
    columns = {
        "id": text([f"p{place}" for place in range(count)]),
        "name": text([f"Customer {place}" for place in range(count)]),
    }
    return stamp(pd.DataFrame(columns), "projectmanager", "customers")


def portfolio():
    """Make what ``pm.customers`` returns for three services."""
    columns = {
        "service": text(["outlign", "spirii", "spirii", "projectmanager"]), "id": text(["1", "c1", "c2", "p1"]),
        "name": text(["One", "Two", "Three", "Four"]), "company_id": text(["1", "o-1", None, None]),
        "company_name": text(["Acme", "Acme", "Named only", None]),
    }  # fmt: skip
    frame = pd.DataFrame(columns)
    parts = [clients(), owned_customers(), plain_customers()]
    frame.attrs["pmframes"] = {"sources": [part.attrs["pmframes"] for part in parts]}
    return frame


def arrow(values, arrow_type=None):
    """Make an array that Arrow holds."""
    return pd.arrays.ArrowExtensionArray(values if isinstance(values, pa.Array) else pa.array(values, arrow_type))


def in_arrow(frame):
    """Convert every column to Arrow: categories become dictionaries, and lists lists of Arrow."""
    converted = pa.Table.from_pandas(frame, preserve_index=False).to_pandas(types_mapper=pd.ArrowDtype)
    converted.attrs = frame.attrs
    return converted
