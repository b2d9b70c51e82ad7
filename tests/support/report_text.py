"""Read a report as its reader does: the first page, the tables of the HTML by their titles, its texts and its links."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

from pmframes.report import Report

VOID = {"meta", "img", "wbr"}


@dataclass
class Table:
    """A table as it is written: its caption, the columns by their names in the frame, and the cells of its rows."""

    title: str = ""
    count: str = ""
    rationale: str = ""
    severity: str = ""
    headings: list[list[str]] = field(default_factory=list)
    names: list[list[str]] = field(default_factory=list)
    scopes: list[str | None] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    captions: int = 0

    def column(self, name: str) -> list[str]:
        place = self.names[-1].index(name)
        return [row[place] for row in self.rows]

    def records(self) -> list[dict[str, str]]:
        return [dict(zip(self.names[-1], row, strict=True)) for row in self.rows]


@dataclass
class Read:
    """What a report says."""

    text: str
    tables: list[Table] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    sections: list[str] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    headlines: list[str] = field(default_factory=list)
    images: int = 0
    policy: str = ""
    banner: str = ""

    def table(self, title: str) -> Table:
        (found,) = [table for table in self.tables if table.title == title]
        return found

    @property
    def titles(self) -> list[str]:
        return [table.title for table in self.tables]

    @property
    def findings(self) -> list[dict[str, str]]:
        """The findings of all rules, in their order: the first ten of a rule, and those of the appendix."""
        whole = {table.title.removeprefix("All findings: ").lower(): table for table in self.tables}
        rules = [(table, table.title.lower()) for table in self.tables if table.severity]
        return [
            {"rule": rule, "severity": table.severity, "rationale": table.rationale, **row}
            for table, rule in rules
            for row in whole[rule].records()
        ]


class _Reader(HTMLParser):
    """Cells are not always closed: the next one, or the next row, closes them, as in a browser."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.read = Read(text)
        self.inside: list[tuple[str, str]] = []
        self.texts: list[str] | None = None
        self.value = ""

    @property
    def table(self) -> Table:
        return self.read.tables[-1] if self.read.tables else Table()

    def is_label(self) -> bool:
        """Whether this is the badge or the count of a caption, and not the shape of a badge."""
        return self.is_inside("caption") and not self.is_inside("p") and self.inside[-1][1] != "shape"

    def is_inside(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.inside)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in VOID | {"th", "td"}:
            self.inside.append((tag, "shape" if "aria-hidden" in values else values.get("class", "")))
        is_label = tag == "span" and self.is_label()
        if tag in ("p", "a", "h2", "h3", "li", "dt", "dd") or is_label:
            self.texts = [""]
        if start := getattr(self, f"start_{tag}", None):
            start(values)

    def start_img(self, values: dict[str, str]) -> None:
        self.read.images += 1

    def start_meta(self, values: dict[str, str]) -> None:
        if values.get("http-equiv") == "Content-Security-Policy":
            self.read.policy = values["content"]

    def start_table(self, values: dict[str, str]) -> None:
        self.read.tables.append(Table())

    def start_caption(self, values: dict[str, str]) -> None:
        self.table.captions += 1

    def start_tr(self, values: dict[str, str]) -> None:
        (self.table.headings if self.is_inside("thead") else self.table.rows).append([])
        if self.is_inside("thead"):
            self.table.names.append([])

    def start_th(self, values: dict[str, str]) -> None:
        self.table.scopes.append(values.get("scope"))
        self.start_td(values)

    def start_td(self, values: dict[str, str]) -> None:
        self.texts = (self.table.headings if self.is_inside("thead") else self.table.rows)[-1]
        self.texts.append("")
        if self.is_inside("thead"):
            self.table.names[-1].append(values.get("title", ""))

    def start_p(self, values: dict[str, str]) -> None:
        if values.get("class") == "banner":
            self.read.banner = "there"

    def start_a(self, values: dict[str, str]) -> None:
        self.value = values["href"]

    def handle_data(self, data: str) -> None:
        if self.texts is not None:
            self.texts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        text = " ".join(self.texts[-1].split()) if self.texts else ""
        if end := getattr(self, f"end_{tag}", None):
            end(text)
        if tag not in ("b", "i", "span") or (tag == "span" and self.is_label()):
            self.texts = None
        while self.inside and self.is_inside(tag) and self.inside.pop()[0] != tag:
            pass

    def end_h2(self, text: str) -> None:
        if self.is_inside("caption"):
            self.table.title = text
        else:
            self.read.sections.append(text)

    end_h3 = end_h2

    def end_span(self, text: str) -> None:
        if not self.is_label():
            return
        if "badge" in self.inside[-1][1]:
            self.table.severity = text.split()[-1]
        else:
            self.table.count = text

    def end_p(self, text: str) -> None:
        self.read.paragraphs.append(text)
        if self.is_inside("caption"):
            self.table.rationale = text

    def end_a(self, text: str) -> None:
        self.read.links[self.value] = text

    def end_li(self, text: str) -> None:
        if self.is_inside("ol"):
            self.read.headlines.append(text)

    def end_dd(self, text: str) -> None:
        self.value = text

    def end_dt(self, text: str) -> None:
        self.read.figures[text] = self.value


def read_file(path: Path) -> Read:
    reader = _Reader(path.read_text("utf-8"))
    reader.feed(reader.read.text)
    reader.close()
    for table in reader.read.tables:
        table.rows = [[_without_shape(cell.strip()) for cell in row] for row in table.rows if row != ["No rows."]]
        table.headings = [[cell.strip() for cell in row] for row in table.headings]
        # A heading that is the name of its column has no other title.
        table.names = [
            [name or heading for name, heading in zip(*pair, strict=True)]
            for pair in zip(table.names, table.headings, strict=True)
        ]
    return reader.read


def _without_shape(cell: str) -> str:
    return " ".join(cell.split()[1:]) if cell[:1] in ("▲", "◆", "●") else cell


def read(report: Report, folder: Path) -> Read:
    return read_file(report.to_html(folder / "report.html", overwrite=True))


def shown(values: pd.Series) -> list[str]:
    """Give texts and ids as a table shows them: what is missing as nothing."""
    return ["" if pd.isna(value) else str(value).strip() for value in values]


def counted(values: pd.Series) -> list[str]:
    return ["" if pd.isna(value) else f"{value:,}" for value in values]
