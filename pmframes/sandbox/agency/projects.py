"""The 24 Teamwork projects, each with a make-up of its own."""

from __future__ import annotations

from typing import NamedTuple

from .records import Project

FIRST_PROJECT_ID = 480101
"""Project ids count up from here and never change."""


class ProjectPlan(NamedTuple):
    """How likely people of each kind are to be on one project, and whose it is."""

    name: str
    company: int
    """The position of its company; 0 is the agency itself."""
    staff: int
    client: int
    collaborator: int
    contact: int
    service: int


PLANS = (
    ProjectPlan("Nordic rebrand", 1, 30, 24, 14, 10, 4),
    ProjectPlan("Website relaunch", 2, 22, 16, 12, 4, 6),
    ProjectPlan("Annual report 2026", 3, 12, 14, 3, 8, 0),
    ProjectPlan("Retainer: social media", 4, 14, 6, 9, 2, 2),
    ProjectPlan("Customer portal", 5, 16, 18, 8, 0, 6),
    ProjectPlan("Spring campaign", 6, 18, 8, 16, 4, 1),
    ProjectPlan("Autumn catalogue", 7, 8, 6, 12, 2, 0),
    ProjectPlan("Trade fair Hannover", 8, 9, 6, 7, 12, 0),
    ProjectPlan("Packaging, line two", 9, 7, 5, 4, 1, 0),
    ProjectPlan("App: discovery phase", 10, 6, 7, 1, 0, 1),
    ProjectPlan("Photo library", 11, 3, 2, 18, 1, 1),
    ProjectPlan("Tone of voice", 12, 4, 4, 2, 0, 0),
    ProjectPlan("Investor day", 13, 5, 9, 1, 6, 0),
    ProjectPlan("Store signage", 14, 4, 3, 5, 2, 0),
    ProjectPlan("Newsletter", 15, 3, 3, 2, 1, 2),
    ProjectPlan("Employer branding", 16, 6, 4, 3, 0, 0),
    ProjectPlan("Museum guide <beta>", 17, 2, 3, 3, 1, 0),
    ProjectPlan("Søsterhus: naming & domæner", 18, 2, 2, 0, 0, 0),
    ProjectPlan("Agency intranet", 0, 40, 0, 0, 0, 4),
    ProjectPlan("All hands and holidays", 0, 26, 0, 2, 0, 1),
    ProjectPlan("Supplier onboarding", 0, 2, 0, 20, 3, 1),
    ProjectPlan("Contact list clean-up", 0, 1, 0, 0, 24, 1),
    ProjectPlan("2023 campaign archive", 4, 5, 5, 5, 2, 0),
    ProjectPlan("Pitch: Harbour Lights", 0, 0, 0, 0, 0, 0),
)
ARCHIVED = "2023 campaign archive"


def build_projects(company_ids: list[int], owner_ids: list[int]) -> list[Project]:
    """Make the projects, owned in turn by the people named, or by nobody where there are none."""
    return [
        Project(
            id=FIRST_PROJECT_ID + position,
            name=plan.name,
            company_id=company_ids[plan.company],
            owner_id=owner_ids[position % len(owner_ids)] if owner_ids else 0,
            is_archived=plan.name == ARCHIVED,
        )
        for position, plan in enumerate(PLANS)
    ]
