"""`customers_by_company`, `customers_by_operator` and `projects_by_customer`: bars, order, groups and titles."""

from pmframes import plot
from tests.support import frames

from .charts import labels, texts, title


def test_the_15_largest_companies_have_a_bar_each():
    axes = plot.customers_by_company(frames.many_clients())
    assert len(labels(axes.yaxis)) == 17
    assert labels(axes.yaxis)[-2:] == ["25 other companies", "(none)"]
    widths = [bar.get_width() for bar in axes.patches]
    assert sum(widths) == 420
    assert sorted(widths[:15], reverse=True) == widths[:15]
    assert title(axes)[0] == "420 customers: 397 in 40 companies, 23 unassigned"


def test_sixteen_companies_are_not_grouped():
    axes = plot.customers_by_company(frames.clients([(number, f"Company {number}") for number in range(16)]))
    assert len(labels(axes.yaxis)) == 16


def test_of_several_services_each_company_has_the_name_of_its_service():
    axes = plot.customers_by_company([frames.clients(), frames.owned_customers(), frames.plain_customers()])
    assert labels(axes.yaxis) == [
        "Outlign · Acme", "Spirii · Acme", "Outlign · Beta", "Outlign · (none)", "ProjectManager.com · (none)",
        "Spirii · (none)",
    ]  # fmt: skip


def test_customers_without_a_company():
    assert "3 customers, all unassigned" in texts(plot.customers_by_company(frames.plain_customers()))


def test_a_company_without_a_name_is_shown_by_its_id():
    assert labels(plot.customers_by_company(frames.clients([(77, None)])).yaxis) == ["77"]


def test_customers_by_operator():
    axes = plot.customers_by_operator(frames.operated_customers())
    assert labels(axes.yaxis) == ["Volt", "Grid", "(none)"]
    assert title(axes)[0] == "4 customers: 3 of 2 operators, 1 unassigned"


def test_projects_by_customer():
    axes = plot.projects_by_customer(frames.projects())
    assert labels(axes.yaxis) == ["Acme", "Beta", "(none)"]
    assert title(axes)[0] == "4 projects: 3 for 2 customers, 1 unassigned"
    assert not any("without a project" in text for text in texts(axes))


def test_customers_without_a_project_are_counted():
    axes = plot.projects_by_customer(frames.projects(), frames.plain_customers(4))
    assert labels(axes.yaxis) == ["Acme", "Beta", "(none)"]
    assert any("2 customers without a project" in text for text in texts(axes))
