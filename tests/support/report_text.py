"""Read a report as its reader does: the tables of the HTML by their titles, its texts and its links."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

from pmframes.report import Report


@dataclass
class Table:
    """A table as it is written: its caption, the cells of its headings, and those of its rows."""

    anchor: str
    title: str = ""
    count: str = ""
    headings: list[list[str]] = field(default_factory=list)
    scopes: list[str | None] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    captions: int = 0

    def column(self, name: str) -> list[str]:
        place = self.headings[-1].index(name)
        return [row[place] for row in self.rows]

    def records(self) -> list[dict[str, str]]:
        return [dict(zip(self.headings[0], row, strict=True)) for row in self.rows]


@dataclass
class Read:
    """What a report says."""

    text: str
    tables: list[Table]
    paragraphs: list[str]
    links: dict[str, str]
    order: list[str]
    policy: str
    banner: str

    def table(self, title: str) -> Table:
        (found,) = [one for one in self.tables if one.title == title]
        return found

    @property
    def titles(self) -> list[str]:
        return [one.title for one in self.tables]


class _Reader(HTMLParser):
    """Cells are not always closed: the next one, or the next row, closes them, as in a browser."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self.paragraphs: list[str] = []
        self.links: dict[str, str] = {}
        self.order: list[str] = []
        self.policy = self.banner = ""
        self.anchor = ""
        self.place = ""
        self.into: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("img", "table"):
            self.order.append(tag)
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""
        elif tag == "div":
            self.anchor = given.get("id") or ""
        elif tag == "table":
            self.tables.append(Table(self.anchor))
        elif tag == "caption":
            self.tables[-1].captions += 1
        elif tag in ("thead", "tbody"):
            self.place = tag
        elif tag == "tr":
            self._rows().append([])
        elif tag in ("th", "td"):
            self._cell(tag, given)
        elif tag in ("p", "a", "h2", "span"):
            self._say(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.place = ""
        if tag in ("th", "td", "tr", "p", "a", "h2", "table", "tbody", "thead"):
            self.into = None

    def handle_data(self, data: str) -> None:
        if self.into is not None:
            self.into[-1] += data

    def _rows(self) -> list[list[str]]:
        table = self.tables[-1]
        return table.headings if self.place == "thead" else table.rows

    def _cell(self, tag: str, given: dict[str, str | None]) -> None:
        if tag == "th":
            self.tables[-1].scopes.append(given.get("scope"))
        self.into = self._rows()[-1]
        self.into.append("")

    def _say(self, tag: str, given: dict[str, str | None]) -> None:
        if tag == "p":
            self.paragraphs.append("")
            self.into = self.paragraphs
            if given.get("class") == "banner":
                self.banner = "there"
        elif tag == "a":
            self.into = _Kept(self.links, given["href"] or "")
        elif tag == "h2":
            self.into = _Kept(vars(self.tables[-1]), "title")
        elif self.into is None:
            self.into = _Kept(vars(self.tables[-1]), "count")


class _Kept(list):
    """A list of one text that is kept under a key."""

    def __init__(self, where: dict[str, str], key: str) -> None:
        super().__init__([""])
        self.where, self.key = where, key

    def __setitem__(self, place: int, text: str) -> None:
        super().__setitem__(place, text)
        self.where[self.key] = text


def read_file(path: Path) -> Read:
    text = path.read_text("utf-8")
    reader = _Reader()
    reader.feed(text)
    reader.close()
    rows = [[row for row in one.rows if row != ["No rows."]] for one in reader.tables]
    for table, kept in zip(reader.tables, rows, strict=True):
        table.rows = [[cell.strip() for cell in row] for row in kept]
        table.count = table.count.strip()
    found = (reader.tables, reader.paragraphs, reader.links, reader.order, reader.policy, reader.banner)
    return Read(text, *found)


def read(report: Report, folder: Path) -> Read:
    return read_file(report.to_html(folder / "report.html", overwrite=True))


def shown(values: pd.Series) -> list[str]:
    """Give texts and ids as a table shows them: what is missing as nothing."""
    return ["" if pd.isna(one) else str(one).strip() for one in values]


def counted(values: pd.Series) -> list[str]:
    return ["" if pd.isna(one) else f"{one:,}" for one in values]
