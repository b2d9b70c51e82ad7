"""The customer portfolio: which customers and clients belong to which company."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pandas as pd

from pmframes._analysis.common import NONE, as_texts, with_sources
from pmframes._analysis.customers import customer_frames, customers_by_company
from pmframes._analysis.rules import Severity
from pmframes._frames.provenance import read_sources
from pmframes._signatures import checks_arguments
from pmframes._text import SERVICE_TITLES, join, join_limited, pluralize, service_title, show_hidden
from pmframes._types import TEXT
from pmframes.report._builder import ReportBuilder
from pmframes.report._parts import Headline, KeyFigure
from pmframes.report._report import Report, assemble_report

# Neither contacts nor bank details: a portfolio is shared with many people.
_COLUMNS = (
    *("account", "match", "service", "id", "name", "title", "type", "company_id", "company_name", "company_title"),
    *("owner_id", "owner_name", "cpo_id", "cpo_name", "created_at", "updated_at"),
)
_MATCHES = (
    "Rows with similar names: the same except for case, accents, punctuation and legal suffixes (Ltd, GmbH, Inc, "
    "A/S …). Review each."
)
_MAX_MATCHES, _MAX_COMPANIES = 40, 30
_SEPARATOR = "; "
_MAX_NAMES = 50
_WITHOUT_COMPANIES = ("projectmanager",)


@checks_arguments
def customer_portfolio(customers: pd.DataFrame | Sequence[pd.DataFrame], *, appendix: bool = True) -> Report:
    """Build the customer portfolio: which customers and clients belong to which company.

    Parameters
    ----------
    customers
        What ``pm.customers`` returns, or what ``pm.report.customers_by_company`` takes.
    appendix
        False leaves the appendix out of the HTML: all matches, all companies, and the names of their
        customers. The workbook has them all the same, and a sheet with all rows.

    Returns
    -------
    Report
        Its first page counts customers, services, companies and probable duplicates. Suggested matches
        follow, where the frame has them, one row each with a column per service; then the largest companies
        with a chart, the appendix and the provenance. Contacts and bank details are left out.

    Raises
    ------
    InvalidArgument
        If ``customers`` is neither a frame nor a list of frames, or one lacks the columns of its company.
    """
    # matplotlib takes long to import, and only reports with charts need it.
    from pmframes import plot

    frames = [_with_plain_index(frame) for frame in customer_frames(customers)]
    table = customers_by_company(frames)
    matches = [matches_by_service(frame) for frame in frames if "match" in frame and frame["match"].notna().any()]
    headlines = [*_summarize_matches(matches), *_summarize_gaps(frames, table)]
    builder = ReportBuilder()
    builder.add_overview(_describe_scope(table), _key_figures(table, matches), headlines)
    for rows in matches:
        rows = rows.dropna(axis="columns", how="all")
        builder.add_table(rows, "Suggested matches", note=_MATCHES, limit=_MAX_MATCHES, is_subordinate=False)
    builder.add_section("Companies")
    builder.add_chart(partial(plot.customers_by_company, frames), "Customers by company")
    # Largest first, over all services, as the chart has them; who has no company is last.
    order = table.assign(none=table["company_name"] == NONE).sort_values(
        ["none", "customers"], ascending=[True, False], kind="stable"
    )
    largest = with_sources(table.loc[order.index].reset_index(drop=True), *frames)
    builder.add_table(largest, "Customers by company", limit=_MAX_COMPANIES, is_continued=False)
    builder.begin_appendix()
    for frame in frames:
        builder.add_table(_names_by_company(frame), f"{_title(frame)}, by company")
        columns = [name for name in _COLUMNS if name in frame]
        builder.add_table(with_sources(frame[columns], frame), _title(frame), is_workbook_only=True)
    return assemble_report("Customer portfolio", builder.parts, with_appendix=appendix)


def _describe_scope(table: pd.DataFrame) -> str:
    counts = table.groupby(table["service"].fillna("an unknown service"))["customers"].sum()
    services = ", ".join(f"{count:,} from {service_title(str(service))}" for service, count in counts.items())
    return f"{counts.sum():,} customers and clients{': ' if services else ''}{services}."


def _key_figures(table: pd.DataFrame, matches: Sequence[pd.DataFrame]) -> list[KeyFigure]:
    companies = int((table["company_name"].fillna("") != NONE).sum())
    figures = [
        KeyFigure("customers and clients", f"{table['customers'].sum():,}"),
        KeyFigure("services", f"{table['service'].nunique():,}"),
        KeyFigure("companies", f"{companies:,}"),
    ]
    if matches:
        figures.append(KeyFigure("probable duplicates across services", f"{sum(map(_count_across, matches)):,}"))
        figures.append(KeyFigure("probable duplicates within a service", f"{sum(map(_count_within, matches)):,}"))
    return figures


def _count_across(matches: pd.DataFrame) -> int:
    return int((matches["services"] > 1).sum())


def _count_within(matches: pd.DataFrame) -> int:
    return int((matches["customers"] > matches["services"]).sum())


def _summarize_matches(matches: Sequence[pd.DataFrame]) -> Iterator[Headline]:
    for rows in matches:
        within, across = rows[rows["customers"] > rows["services"]], rows[rows["services"] > 1]
        kinds: list[tuple[pd.DataFrame, str, str, Severity]] = [
            (within, "Probable duplicates within a service", "Merge or rename them there.", "medium"),
            (across, "Probable duplicates across services", "Decide for each whether it is the same customer.", "low"),
        ]
        for group, title, advice, severity in kinds:
            if len(group):
                names = [_first_name(row) for row in group.to_dict("records")]
                yield Headline(f"{title} ({len(group):,})", join_limited(names, 3), advice, severity)


def _first_name(row: dict[Any, Any]) -> str:
    names = (row[title] for title in SERVICE_TITLES.values() if isinstance(row.get(title), str))
    return show_hidden(next(names, f"match {row['match']}").split(_SEPARATOR)[0])


def _summarize_gaps(frames: Sequence[pd.DataFrame], table: pd.DataFrame) -> Iterator[Headline]:
    if missing := [str(source.account) for source in read_sources(*frames) if source.complete is False]:
        yield Headline("Not complete", f"the rows of {join(missing)} could not be loaded", "Load them again.", "high")
    for service, rows in table[table["company_name"] == NONE].groupby("service", dropna=False):
        title, count = _title_service(service), int(rows["customers"].sum())
        if service in _WITHOUT_COMPANIES:
            counted = pluralize(count, "customer")
            yield Headline("No companies", f"{title} does not link its {counted} to companies", "")
        else:
            yield Headline("Not assigned to a company", f"{count:,} from {title}", "Assign them there.", "low")


def _title_service(service: Any) -> str:
    return service_title(service) if isinstance(service, str) else "an unknown service"


def _with_plain_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that is read by its columns; the other checks refuse what is no frame."""
    return frame.reset_index(drop=True) if isinstance(frame, pd.DataFrame) else frame


def matches_by_service(frame: pd.DataFrame) -> pd.DataFrame:
    """Build a table of one row per match, with the names that each service has for it.

    Matches with duplicates within a service come first, then those in most services.
    """
    rows = frame[frame["match"].notna()].assign(account=frame.get("account"), service=_services(frame))
    keys = ["account", "match"]
    titles = rows["service"].map(service_title)
    # Duplicates within a service are told apart by their ids.
    is_repeated = rows.groupby([*(rows[key] for key in keys), titles], dropna=False)["service"].transform("size") > 1
    ids = as_texts(rows["id"]) if "id" in rows else pd.Series("", rows.index, dtype=TEXT)
    names = _names(rows).where(~is_repeated, _names(rows) + " (" + ids + ")")
    joined = names.groupby([*(rows[key] for key in keys), titles], dropna=False, sort=False).agg(_SEPARATOR.join)
    table = joined.unstack().rename_axis(columns=None).reset_index()
    counts = (
        rows.groupby(keys, dropna=False).agg(customers=("match", "size"), services=("service", "nunique")).reset_index()
    )
    table = table.merge(counts, on=keys)
    order = pd.DataFrame({"within": table["customers"] > table["services"], "services": table["services"]})
    ranked = order.sort_values(["within", "services"], ascending=False, kind="stable").index
    return with_sources(table.loc[ranked].reset_index(drop=True), frame)


def _names(frame: pd.DataFrame) -> pd.Series[Any]:
    """Return the names of customers, their ids where they have none."""
    names: pd.Series[Any] = pd.Series(pd.NA, frame.index, dtype=TEXT)
    for column in ("name", "title", "id"):
        if column in frame:
            names = names.fillna(as_texts(frame[column]))
    return names.fillna("(no name)")


def _services(frame: pd.DataFrame) -> pd.Series[Any]:
    services = [source.service for source in read_sources(frame)]
    known = services[0] if len(services) == 1 else None
    return frame.get("service", pd.Series(known, frame.index)).astype(TEXT).fillna("unknown service")


def _names_by_company(frame: pd.DataFrame) -> pd.DataFrame:
    """Build a table of one row per company, with the names of its customers."""
    company_columns = [name for name in ("company_name", "company_title", "owner_name") if name in frame]
    id_columns = [name for name in ("company_id", "owner_id") if name in frame]
    companies: pd.Series[Any] = pd.Series(pd.NA, frame.index, dtype=TEXT)
    for column in [*company_columns, *id_columns]:
        companies = companies.fillna(as_texts(frame[column]))
    company_ids = as_texts(frame[id_columns[0]]) if id_columns else companies
    names, companies = _names(frame), companies.fillna(NONE)
    keys = {name: frame[name] for name in ("account", "service") if name in frame} | {"company_id": company_ids}
    rows = pd.DataFrame({**keys, "company": companies, "names": names}).sort_values("names", kind="stable")
    groups = rows.groupby([*keys, "company"], dropna=False)
    # A row that fills pages could not be printed whole.
    place = groups.cumcount() // _MAX_NAMES
    size = groups["names"].transform("size")
    first = place * _MAX_NAMES + 1
    numbers = first.astype(TEXT) + " to " + (first + _MAX_NAMES - 1).clip(upper=size).astype(TEXT)
    rows["company"] = rows["company"].where(size <= _MAX_NAMES, rows["company"] + ", " + numbers)
    rows["first"] = first
    pieces = rows.groupby([*keys, "company", "first"], dropna=False)["names"]
    listed = pieces.agg(customers="size", names=_SEPARATOR.join)
    table = listed.reset_index().sort_values([*keys, "first"], kind="stable").drop(columns=["first", "company_id"])
    return with_sources(table.reset_index(drop=True), frame)


def _title(frame: pd.DataFrame) -> str:
    titles = {source.title for source in read_sources(frame)}
    return titles.pop() if len(titles) == 1 else "All customers"
