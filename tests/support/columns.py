"""The columns and dtypes of every loader, written down from the documents; nothing is computed with pmframes.

A tuple lists the dtypes that are allowed.
"""

import json
import re
from pathlib import Path

BODIES = Path(__file__).parent / "bodies"
UTC = "datetime64[us, UTC]"
TEXT_OR_CATEGORY = ("str", "category")
WHOLE = ("int64", "Int64")
DECIMAL = ("float64", "Float64")

PEOPLE = {
    "project_id": "Int64", "project_name": "str", "id": "int64", "name": "str", "first_name": "str", "last_name": "str",
    "email": "str", "type": "category", "title": "str", "company_id": "Int64", "company_name": "str",
    "is_admin": "boolean", "is_client_user": "boolean", "is_service_account": "boolean", "deleted": "boolean",
    "can_add_projects": "boolean", "user_rate": "Float64", "user_cost": "Float64", "timezone": "str",
    "length_of_day": DECIMAL, "working_hours_id": "Int64", "company_role_id": "Int64", "team_ids": "object",
    "teams": "str", "is_placeholder": "boolean", "avatar_url": "str", "created_at": UTC, "created_by_id": "Int64",
    "updated_at": UTC, "updated_by_id": "Int64",
}  # fmt: skip

ROLE_PERMISSIONS = {
    "invite_people": "invitePeople", "edit_account_page": "editAccountPage", "edit_security_page": "editSecurityPage",
    "see_hourly_rates_costs_budgets": "seeHourlyRatesCostsBudgets", "set_team_holidays": "setTeamHolidays",
    "edit_tags_skills_teams": "editTagsSkillsTeams", "edit_team_timesheets": "editTeamTimesheets",
    "approve_timesheets": "approveTimesheets", "edit_important_project_info": "editImportantProjectInfo",
    "see_export_project": "seeExportProject", "see_manage_users": "seeManageUsers",
    "manage_integrations": "manageIntegrations", "create_project_and_project_groups": "createProjectAndProjectGroups",
    "edit_users": "editUsers", "view_personal_board": "viewPersonalBoard", "edit_all_projects": "editAllProjects",
    "change_own_email": "changeOwnEmail", "use_mcp": "useMcp",
}  # fmt: skip

ROLES = {
    "id": "str", "name": "str", "description": "str", "is_admin": "boolean", "is_custom": "boolean",
    "is_global_admin": "boolean", "is_guest": "boolean", "is_default": "boolean",
    **dict.fromkeys(ROLE_PERMISSIONS, "boolean"),
}  # fmt: skip

ROLE_PERMISSION_ROWS = {
    "role_id": "str", "role_name": "str", "permission": TEXT_OR_CATEGORY, "description": "str", "granted": "boolean",
    "can_be_modified": "boolean", "is_entitled": "boolean",
}  # fmt: skip

RESOURCES = {
    "id": "str", "name": "str", "first_name": "str", "last_name": "str", "email": "str", "role_id": "str",
    "role_name": "str", "is_active": "boolean", "hourly_rate": "Float64", "approver_id": "str", "approver_name": "str",
    "team_ids": "object", "teams": "str", "skills": "str", "city": "str", "state": "str", "country": TEXT_OR_CATEGORY,
    "notes": "str", "last_online_at": UTC, "created_at": UTC, "updated_at": UTC,
}  # fmt: skip

PLANNED_PROJECTS = {
    "id": "str", "name": "str", "short_code": "str", "description": "str", "folder": TEXT_OR_CATEGORY,
    "status": TEXT_OR_CATEGORY, "priority": TEXT_OR_CATEGORY, "charge_code": TEXT_OR_CATEGORY, "customer_id": "str",
    "customer_name": "str", "manager_id": "str", "manager_name": "str", "owner_id": "str",
    "percent_complete": (*WHOLE, *DECIMAL), "budget": "Float64", "hourly_rate": "Float64", "start_date": UTC,
    "end_date": UTC, "target_date": UTC, "is_template": "boolean", "is_deleted": "boolean", "created_at": UTC,
    "updated_at": UTC,
}  # fmt: skip

PROJECT_MEMBERS = {
    "project_id": "str", "project_name": "str", "id": "str", "name": "str", "permission": "category", "email": "str",
    "role_name": "str", "is_active": "boolean",
}  # fmt: skip

CLIENTS = {
    "id": "int64", "title": "str", "company_id": "Int64", "company_title": "str", "created_at": UTC, "updated_at": UTC,
}  # fmt: skip

SPIRII_CUSTOMERS = {
    "id": "int64", "name": "str", "type": "category", "external_id": "str", "country": TEXT_OR_CATEGORY,
    "owner_id": "Int64", "owner_name": "str", "cpo_id": "Int64", "cpo_name": "str", "location_count": WHOLE,
    "locations": "object", "contact_name": "str", "contact_email": "str", "contact_phone": "str",
    "payment_method": TEXT_OR_CATEGORY, "invoice_format": TEXT_OR_CATEGORY, "invoice_email": "str", "vat_number": "str",
    "gln": "str", "address": "str", "city": "str", "zip_code": "str", "language": TEXT_OR_CATEGORY,
    "currency": TEXT_OR_CATEGORY, "charge_key_document_aggregation": TEXT_OR_CATEGORY,
    "charge_key_line_aggregation": TEXT_OR_CATEGORY, "company_car_reimbursement_method": TEXT_OR_CATEGORY,
    "created_at": UTC, "updated_at": UTC,
}  # fmt: skip


_SEED_002 = json.loads((BODIES / "seed_002_teamwork_people_example.json").read_bytes())
MEMBER_PERMISSIONS = tuple(_SEED_002["included"]["ProjectPermissions"]["additionalProp"])

PERMISSIONS = {
    "project_id": "Int64", "project_name": "str", "person_id": "int64", "name": "str", "type": "category",
    "company_name": "str", "is_admin": "boolean", "is_client_user": "boolean", "is_service_account": "boolean",
    "deleted": "boolean",
    **{re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", key): "boolean" for key in MEMBER_PERMISSIONS},
}  # fmt: skip

PROJECTS = {
    "id": "int64", "name": "str", "description": "str", "status": TEXT_OR_CATEGORY, "sub_status": TEXT_OR_CATEGORY,
    "type": TEXT_OR_CATEGORY, "company_id": "Int64", "company_name": "str", "owner_id": "Int64", "category_id": "Int64",
    "is_billable": "boolean", "starts_at": UTC, "ends_at": UTC, "completed_at": UTC, "created_at": UTC,
    "updated_at": UTC,
}  # fmt: skip

COMPANIES = {
    "id": "int64", "name": "str", "is_owner": "boolean", "status": TEXT_OR_CATEGORY, "country_code": TEXT_OR_CATEGORY,
    "city": "str", "website": "str", "email": "str", "phone": "str", "accounts": WHOLE, "clients": WHOLE,
    "collaborators": WHOLE, "contacts": WHOLE, "created_at": UTC, "updated_at": UTC,
}  # fmt: skip
