"""`access_review`: every person, finding, change and source of the frames is in the report."""

import re
from collections import Counter
from getpass import getuser

import openpyxl
import pandas as pd
import pytest
from matplotlib import pyplot

import pmframes as pm
from pmframes import errors, report
from pmframes._text import service_title, show_hidden
from tests.support import frames, reviews
from tests.support import report_inputs as made
from tests.support.report_text import counted, read, shown


def reviewed(tmp_path, *given, **named):
    return read(report.access_review(*given, **named), tmp_path)


@pytest.fixture(scope="module")
def of_the_site(loaded, tmp_path_factory):
    return reviewed(tmp_path_factory.mktemp("site"), loaded.site)


@pytest.fixture(scope="module")
def whole(loaded, tmp_path_factory):
    """Give the review of all that is loaded of one project."""
    return reviewed(tmp_path_factory.mktemp("whole"), loaded.people, loaded.members, loaded.roles)


@pytest.fixture(scope="module")
def since(loaded, tmp_path_factory):
    """Give the people as they are a while later, and their review since then."""
    after = made.later(loaded.people)
    return after, reviewed(tmp_path_factory.mktemp("since"), after, before=loaded.people)


def everyone(found):
    return found.table("Everyone")


class TestEveryPerson:
    def test_of_the_site_is_there_once(self, loaded, of_the_site):
        table = everyone(of_the_site)
        assert table.column("id") == shown(loaded.site["id"])
        assert table.column("name") == shown(loaded.site["name"])
        assert table.column("email") == shown(loaded.site["email"])
        assert table.count == f"{len(loaded.site):,} rows"

    def test_has_the_rights_of_the_frame(self, loaded, of_the_site):
        rights = everyone(of_the_site).column("flags")
        words = {"is_admin": "site administrator", "is_client_user": "client user"}
        words |= {"is_service_account": "service account", "deleted": "deleted"}
        for column, word in words.items():
            assert [word in one.split(", ") for one in rights] == loaded.site[column].fillna(False).tolist()

    def test_on_several_projects_is_there_for_each(self, tmp_path):
        people = reviews.people({}, {"project_id": 8}, {"id": 2})
        assert everyone(reviewed(tmp_path, people)).column("id") == ["1", "1", "2"]

    def test_on_the_project_is_there_also_without_permissions(self, loaded, tmp_path):
        assert not set(loaded.people["id"]) <= set(loaded.few["person_id"])
        table = everyone(reviewed(tmp_path, loaded.people, loaded.few))
        assert Counter(table.column("id")) == Counter(shown(loaded.people["id"]))

    def test_of_the_site_is_there_when_the_permissions_are_of_a_project(self, loaded, tmp_path):
        table = everyone(reviewed(tmp_path, loaded.site, loaded.members))
        members = set(loaded.members["person_id"])
        others = [one for one in loaded.site["id"] if one not in members]
        assert Counter(table.column("id")) == Counter(shown(pd.Series([*loaded.members["person_id"], *others])))

    def test_without_permissions_is_not_said_to_have_none_or_all(self, tmp_path):
        people = reviews.people({}, {"id": 2, "name": "Bo"})
        found = reviewed(tmp_path, people, reviews.members({}))
        table = everyone(found)
        assert found.table("Permission sets").records() == [
            {"permission_set": "S1", "people": "1", "granted": "(nothing)"}
        ]
        sets = dict(zip(table.column("name"), table.column("permission_set"), strict=True))
        assert sets == {"Bo": "(not in the permissions)", "Ada": "S1"}

    def test_is_there_as_often_as_the_permissions_say(self, tmp_path):
        members = reviews.members({}, {"project_id": 8, "project_name": "Eight"})
        table = everyone(reviewed(tmp_path, reviews.people({}), members))
        assert sorted(table.column("project_name")) == ["Eight", "Seven"]

    def test_has_the_set_of_exactly_what_is_granted(self, loaded, whole):
        sets = {
            line["permission_set"]: line["granted"].split(", ") for line in whole.table("Permission sets").records()
        }
        granted = {line["id"]: sets[line["permission_set"]] for line in everyone(whole).records()}
        members = loaded.members.set_index(loaded.members["person_id"].astype(str))
        facts = {"active", "in_owner_company", "is_archived", "is_observing", "receive_email_notifications"}
        names = [*members.attrs["permissions"]]
        assert len(names) > 40
        assert facts < set(names)
        for name in names:
            hits = {person for person, texts in granted.items() if name.replace("_", " ") in texts}
            assert hits == (set() if name in facts else set(members.index[members[name].fillna(False)])), name

    def test_alone_is_one_person(self, tmp_path):
        found = reviewed(tmp_path, reviews.people({}), reviews.members({}), frames.roles())
        assert everyone(found).count == "1 row"
        assert "1 people" not in found.text


class TestSummaries:
    def test_people_by_type_are_the_frames(self, loaded, of_the_site):
        table = of_the_site.table("People by type")
        expected = pm.report.people_by_type(loaded.site)
        for name in ("people", "admins", "client_users", "service_accounts", "deleted"):
            assert table.column(name) == counted(expected[name])
        assert table.column("people")[-1] == f"{len(loaded.site):,}"

    def test_permissions_are_the_frames(self, loaded, whole):
        table = whole.table("People by permission")
        for line in table.records():
            column = loaded.members[line["permission"]]
            assert int(line["granted"]) == column.fillna(False).sum()
            assert int(line["unknown"]) == column.isna().sum()

    def test_roles_are_the_frames(self, loaded, tmp_path):
        table = reviewed(tmp_path, loaded.site, roles=loaded.roles).table("Roles by permission")
        granted = {one: loaded.roles[one].fillna(False).sum() for one in table.column("permission")}
        assert len(granted) == 18
        assert table.column("roles") == [str(one) for one in granted.values()]

    def test_people_by_type_have_a_chart(self, whole):
        assert whole.images == 1


class TestFirstPage:
    def test_says_who_is_reviewed_and_how_many(self, loaded, whole):
        assert f"{loaded.people['id'].nunique():,} people on" in " ".join(whole.paragraphs[:3])
        assert whole.figures["people"] == f"{loaded.people['id'].nunique():,}"

    def test_counts_administrators_and_outsiders_once_each(self, loaded, whole):
        people, members = loaded.people, loaded.members
        assert whole.figures["site administrators"] == f"{people[people['is_admin']]['id'].nunique():,}"
        outsiders = members[~members["in_owner_company"] & ~members["deleted"] & (members["type"] != "contact")]
        assert whole.figures["outsiders with access"] == f"{outsiders['person_id'].nunique():,}" != "0"

    def test_unknown_is_told_apart_from_no(self, tmp_path):
        people = reviews.people({}, {"id": 2, "is_admin": True}, {"id": 3}).astype({"is_admin": "boolean"})
        people.loc[2, "is_admin"] = pd.NA
        members = reviews.members({}).drop(columns="in_owner_company", errors="ignore").drop(columns="is_client_user")
        figures = reviewed(tmp_path, people, members.assign(is_client_user=pd.array([None], "boolean"))).figures
        assert figures["site administrators (1 unknown)"] == "1"
        assert figures["outsiders with access (1 unknown)"] == "0"

    def test_counts_findings_by_severity(self, loaded, whole):
        counts = report.findings(loaded.people, loaded.members, loaded.roles)["severity"].value_counts()
        label = f"findings: {counts['high']:,} high, {counts['medium']:,} medium, {counts['low']:,} low"
        assert whole.figures[label] == f"{counts.sum():,}"

    def test_has_a_sentence_for_each_rule_with_whom_and_what_to_do(self, loaded, whole):
        found = report.findings(loaded.people, loaded.members, loaded.roles)
        assert 0 < len(whole.headlines) <= 7
        for line, (rule, rows) in zip(whole.headlines, found.groupby("rule", sort=False), strict=False):
            assert f"{rule[1:]} ({len(rows):,})" in line
            assert rows["who"].iloc[0] in line
            assert rows["rationale"].iloc[0] in line
        assert [line.split()[1] for line in whole.headlines] == sorted(
            (line.split()[1] for line in whole.headlines), key=["high", "medium", "low"].index
        )

    def test_has_at_most_seven_sentences_of_which_the_last_counts_the_others(self, tmp_path):
        rules = [
            report.Rule(f"rule {place}", "low", "people", (), lambda people: [True] * len(people), "Why not.")
            for place in range(9)
        ]
        headlines = reviewed(tmp_path, reviews.people({}, {"id": 2}), rules=rules).headlines
        assert len(headlines) == 7
        assert headlines[-1].startswith("3 more rules: 6 findings")

    def test_says_how_old_the_oldest_frame_is_and_who_made_it(self, tmp_path):
        people, members = reviews.people({}), reviews.members({})
        people.attrs["pmframes"]["fetched_at"] = "2026-03-02T09:05:00+00:00"
        members.attrs["pmframes"]["fetched_at"] = "2026-03-01T23:59:59.5+01:00"
        (origin,) = [text for text in reviewed(tmp_path, people, members).paragraphs if "made by" in text]
        assert "as of 2026-03-01 22:59 UTC" in origin
        assert f"made by {getuser()} with pmframes {pm.__version__}" in origin
        people.attrs = members.attrs = {}
        (origin,) = [text for text in reviewed(tmp_path, people, members).paragraphs if "made by" in text]
        assert "as of" not in origin
        members = reviews.members({})
        members.attrs["pmframes"].pop("fetched_at", None)
        assert "as of an unknown time" in " ".join(reviewed(tmp_path, reviews.people({}), members).paragraphs)

    def test_without_a_baseline_says_so(self, whole, since):
        assert whole.figures["changes: no baseline to compare with"] == "–"
        _, found = since
        assert any(label.startswith("changes since 20") for label in found.figures)


class TestWhoMayDoWhat:
    def test_sensitive_permissions_are_those_of_the_frame(self, loaded, whole):
        (table,) = [one for one in whole.tables if one.title.endswith(": sensitive permissions")]
        names = {"Administer the project": "project_administrator", "See rates": "can_view_rates"}
        members = loaded.members.set_index(loaded.members["person_id"].astype(str))
        for heading, name in names.items():
            shown_by = {line["id"] for line in table.records() if line[heading] == "✓"}
            assert shown_by == set(members.index[members[name].fillna(False)]) != set()
        others = len(members) - len(table.rows)
        assert f"{others:,} other people have none of these permissions." in whole.paragraphs

    def test_outsiders_come_first(self, whole):
        (table,) = [one for one in whole.tables if one.title.endswith(": sensitive permissions")]
        flags = ["outsider" in line["flags"] for line in table.records()]
        assert flags == sorted(flags, reverse=True)

    def test_unknown_is_shown_and_counts_as_no_all_clear(self, tmp_path):
        members = reviews.members({}, {"person_id": 2}).astype({"can_view_rates": "boolean"})
        members.loc[0, "can_view_rates"] = pd.NA
        found = reviewed(tmp_path, reviews.people({}, {"id": 2}), members)
        (table,) = [one for one in found.tables if one.title.endswith(": sensitive permissions")]
        assert [(line["id"], line["See rates"]) for line in table.records()] == [("1", "unknown")]

    def test_projects_are_counted(self, tmp_path):
        members = reviews.members(
            {"can_view_rates": True}, {"person_id": 2, "project_id": 8, "project_name": "Eight"}, {"person_id": 3}
        )
        lines = reviewed(tmp_path, reviews.people({}), members).table("Projects").records()
        assert [(line["project"], line["people"], line["May see rates"]) for line in lines] == [
            ("Seven", "2", "1"),
            ("Eight", "1", "0"),
        ]

    def test_without_permissions_says_so(self, of_the_site):
        assert "Permissions on projects are not part of this review" in " ".join(of_the_site.paragraphs)
        assert not any(title.endswith(": sensitive permissions") for title in of_the_site.titles)

    def test_site_administrators_are_listed(self, loaded, of_the_site):
        listed = of_the_site.table("Site administrators")
        admins = loaded.site[loaded.site["is_admin"]].drop_duplicates("id")
        assert listed.column("id") == shown(admins["id"])[: len(listed.rows)]
        assert listed.count == f"{len(admins)} rows"


class TestUnknown:
    """What is not known is never shown as no, nor as nobody."""

    def test_counts_by_project_say_so(self, tmp_path):
        members = reviews.members({"can_view_rates": True}, {"person_id": 2}, {"person_id": 3})
        members["can_view_rates"] = pd.array([True, False, None], "boolean")
        (line,) = reviewed(tmp_path, reviews.people({}), members).table("Projects").records()
        assert line["May see rates"] == "1 (1 unknown)"

    def test_permissions_without_any_that_is_sensitive_say_so(self, tmp_path):
        members = reviews.members({}).drop(columns=["project_administrator", *reviews.MONEY]).assign(add_files=True)
        rule = report.Rule(
            "adds files", "low", "permissions", ["add_files"], lambda rows: rows["add_files"], "Why not."
        )
        found = reviewed(tmp_path, reviews.people({}), members, rules=[rule])
        assert "These permissions lack all that are sensitive: who has them is not known." in found.paragraphs
        assert "none of these permissions" not in found.text

    def test_whether_somebody_is_an_outsider(self, tmp_path):
        members = reviews.members({}).assign(in_owner_company=pd.array([None], "boolean"))
        found = reviewed(tmp_path, reviews.people({}), members)
        assert everyone(found).column("flags") == ["outsider: unknown"]
        assert found.figures["outsiders with access (1 unknown)"] == "0"

    def test_flags_that_are_text_are_refused(self):
        members = reviews.members({}).assign(view_invoices="yes")
        with pytest.raises(errors.InvalidArgument, match="view_invoices is not a boolean column"):
            report.access_review(reviews.people({}), members)


def test_projects_of_one_name_stay_apart(tmp_path):
    members = reviews.members({"can_view_rates": True}, {"project_id": 8, "can_view_rates": True})
    found = reviewed(tmp_path, reviews.people({}), members)
    assert found.table("Projects").column("project") == ["Seven (7)", "Seven (8)"]
    assert {"Seven (7): sensitive permissions", "Seven (8): sensitive permissions"} < set(found.titles)


def test_ids_are_compared_as_what_they_stand_for(tmp_path):
    people = reviews.people({"email": "ada@example.com"}).astype({"id": str})
    found = reviewed(tmp_path, people, reviews.members({}))
    assert found.paragraphs[2].startswith("1 person on Seven.")
    assert everyone(found).column("email") == ["ada@example.com"]


def test_those_who_are_new_are_named_first(tmp_path):
    boss = {"is_admin": True, "is_client_user": True}
    old = reviews.people(*({**boss, "id": place, "name": f"Ann {place}"} for place in range(1, 5)))
    new = reviews.people(*({**boss, "id": place, "name": f"Ann {place}"} for place in range(1, 6)))
    headline, *_ = reviewed(tmp_path, new, before=old).headlines
    assert "(5, 1 new): Ann 5 (5), " in headline


class TestAppendix:
    def test_may_be_left_out_of_the_page_but_not_of_the_workbook(self, loaded, tmp_path):
        review = report.access_review(loaded.people, loaded.members, loaded.roles, appendix=False)
        found = read(review, tmp_path)
        assert not {"Everyone", "Permission sets", "Roles by permission"} & set(found.titles)
        assert "#appendix" not in found.links
        sheets = openpyxl.load_workbook(review.to_excel(tmp_path / "review.xlsx")).sheetnames
        assert {"Everyone", "Permission sets", "Roles by permission", "Findings"} <= set(sheets)

    def test_rows_that_are_not_shown_are_said_to_be_elsewhere(self, tmp_path):
        people = reviews.people(*({"id": place, "company_id": None} for place in range(30)))
        rule = report.Rule("anybody", "low", "people", (), lambda people: [True] * len(people), "Why not.")
        found = reviewed(tmp_path, people, rules=[rule])
        assert len(found.table("Everyone").rows) == len(found.table("All findings: anybody").rows) == 30
        assert "20 more rows in the appendix." in found.paragraphs
        without = reviewed(tmp_path, people, rules=[rule], appendix=False)
        assert "20 more rows in the workbook, which report.to_excel(path) writes." in without.paragraphs


class TestFindings:
    def test_are_all_there(self, loaded, whole):
        found = report.findings(loaded.people, loaded.members, loaded.roles)
        assert len(found) > 3
        for name in ("rule", "severity", "who", "where", "detail", "rationale"):
            assert [line.get(name, "") for line in whole.findings] == shown(found[name])

    def test_are_counted_by_rule(self, loaded, whole):
        found = report.findings(loaded.people, loaded.members, loaded.roles)
        counts = {table.title.lower(): int(table.count) for table in whole.tables if table.severity}
        assert counts == found["rule"].value_counts().to_dict()

    def test_columns_without_a_value_are_left_out(self, tmp_path):
        found = reviewed(tmp_path, reviews.people({"is_admin": True, "is_client_user": True}))
        table = found.table("Client with administrator rights")
        assert "where" in table.names[0]
        people = reviews.people({"is_admin": True, "is_client_user": True}).drop(columns=["project_id", "project_name"])
        assert "where" not in reviewed(tmp_path, people).table("Client with administrator rights").names[0]

    def test_of_the_dormant_are_there(self, loaded, tmp_path):
        lines = reviewed(tmp_path, loaded.site, logged_in=loaded.logged_in).findings
        found = report.findings(loaded.site, logged_in=loaded.logged_in)
        rules = [line["rule"] for line in lines]
        assert rules.count("dormant account") == (found["rule"] == "dormant account").sum() > 0

    def test_name_the_rules_that_were_not_checked(self, loaded, of_the_site):
        text = " ".join(of_the_site.paragraphs)
        unchecked = report.findings(loaded.site).attrs["pmframes"]["not_checked"]
        assert len(unchecked) > 2
        assert all(one in text for one in unchecked)
        assert of_the_site.figures["rules without an answer (data missing)"] == str(len(unchecked))


class TestChanges:
    def check(self, found, before, after):
        expected = report.changes(before, after)
        table = found.table("Changes, value by value")
        for name in ("change", "id", "name", "column", "before", "after"):
            assert table.column(name) == shown(expected[name])
        counts = expected["change"].value_counts()
        for change, word in (("joined", "added"), ("left", "removed"), ("changed", "changed")):
            assert f"{counts[change]:,} {word}" in " ".join(found.paragraphs)

    def test_since_a_frame(self, loaded, since):
        after, found = since
        self.check(found, loaded.people, after)

    @pytest.mark.parametrize("as_path", [str, lambda path: path], ids=["text", "path"])
    def test_since_a_file(self, loaded, tmp_path, as_path):
        kept = tmp_path / "kept.parquet"
        loaded.people.to_parquet(kept)
        after = made.later(loaded.people)
        self.check(reviewed(tmp_path, after, before=as_path(kept)), loaded.people, after)

    def test_of_permissions_and_of_roles(self, loaded, tmp_path):
        one = loaded.members.columns[-1]
        for kept, flag, name in ((loaded.members, one, "permissions"), (loaded.roles, "is_guest", "roles")):
            before = kept.copy()
            before[flag] = ~before[flag].fillna(True)
            found = reviewed(tmp_path, loaded.people, before=before, **{name: kept})
            self.check(found, before, kept)
            assert set(found.table("Changes, value by value").column("column")) == {flag}

    def test_of_who_joined_say_who(self, since):
        after, found = since
        lines = found.table("Changes, value by value").records()
        (joined,) = [line for line in lines if line["change"] == "joined"]
        assert joined["name"] == "Newly Come"
        assert str(after["company_name"].iloc[-1]) in joined["after"]

    def test_are_told_by_person(self, since):
        after, found = since
        lines = found.table("By person").records()
        (joined,) = [line["changes"] for line in lines if line["who"].startswith("Newly Come")]
        assert joined.startswith("joined ")
        assert str(after["company_name"].iloc[-1]) in joined

    def test_no_change_is_stated_too(self, loaded, tmp_path):
        found = reviewed(tmp_path, loaded.people, before=loaded.people)
        assert found.table("Changes, value by value").rows == []
        assert "0 added" in " ".join(found.paragraphs)

    def test_without_a_before_are_not_mentioned(self, whole):
        assert "Changes" not in whole.sections

    def test_of_other_projects_or_another_resource_are_refused(self, loaded):
        other = loaded.people.copy()
        other.attrs["pmframes"]["params"] = {**other.attrs["pmframes"]["params"], "projects": [480102]}
        for before in (other, loaded.clients, loaded.customers, loaded.site, loaded.members):
            with pytest.raises(errors.InvalidArgument):
                report.access_review(loaded.people, before=before)

    @pytest.mark.parametrize("before", [5, "nowhere.parquet", [1]])
    def test_of_no_frame_are_refused(self, loaded, before):
        with pytest.raises(errors.InvalidArgument):
            report.access_review(loaded.people, before=before)


class TestProvenance:
    def test_is_the_last_table_and_names_every_source(self, loaded, whole):
        assert whole.titles[-1] == "Provenance"
        lines = whole.tables[-1].records()
        stamps = [one.attrs["pmframes"] for one in (loaded.people, loaded.members, loaded.roles)]
        assert [line["resource"] for line in lines] == [one["resource"] for one in stamps]
        for line, one in zip(lines, stamps, strict=True):
            assert (line["service"], line["version"]) == (service_title(one["service"]), one["version"])
            assert line["rows"] == f"{one['rows']:,}"
            assert line["complete"] == "✓"
            assert line["fetched_at"] == re.sub(r"T(\d\d:\d\d).*", r" \1 UTC", one["fetched_at"])
            assert all(f"{key}=" in line["params"] for key in one["params"])

    def test_says_the_account_and_what_is_not_complete(self, tmp_path):
        people = reviews.people({})
        people.attrs["pmframes"] |= {"account": "agency-a", "complete": False}
        (line,) = reviewed(tmp_path, people).tables[-1].records()
        assert (line["account"], line["complete"]) == ("agency-a", "–")

    def test_unknown_provenance_is_stated(self, tmp_path):
        people = reviews.people({})
        people.attrs = {}
        found = reviewed(tmp_path, people)
        assert "Unknown provenance: not loaded by pmframes" in " ".join(found.paragraphs)
        assert found.banner == ""

    def test_fictional_data_have_a_banner(self, whole, tmp_path):
        assert whole.banner == "there"
        real = reviews.people({})
        real.attrs["pmframes"]["fictional"] = False
        assert reviewed(tmp_path, real).banner == ""


class TestUnusualFrames:
    @pytest.mark.parametrize("missing", ["project_id", "project_name", "name", "email", "type"])
    def test_of_people_without_a_column(self, missing, tmp_path):
        people = reviews.people({}, {"id": 2}).drop(columns=missing)
        if missing == "type":
            with pytest.raises(errors.InvalidArgument, match="type"):
                report.access_review(people)
        else:
            assert everyone(reviewed(tmp_path, people)).column("id") == ["1", "2"]

    @pytest.mark.parametrize("missing", ["project_id", "project_name", "name", "type", "company_name"])
    def test_of_permissions_without_a_column(self, missing, tmp_path):
        members = reviews.members({}, {"person_id": 2}).drop(columns=missing)
        people = reviews.people({}, {"id": 2})
        assert sorted(everyone(reviewed(tmp_path, people, members)).column("id")) == ["1", "2"]

    def test_of_nobody(self, loaded, tmp_path):
        empty = [frames.whole(one.iloc[:0]) for one in (loaded.people, loaded.members, loaded.roles)]
        found = reviewed(tmp_path, *empty, before=empty[0])
        assert everyone(found).rows == []
        assert found.table("People by type").column("people")[-1] == "0"

    def test_of_permissions_that_were_not_sent(self, tmp_path):
        members = reviews.members({})
        flags = members.columns[members.columns.get_loc("deleted") + 1 :]
        members[flags] = pd.array([pd.NA], dtype="boolean")[0]
        members = members.astype(dict.fromkeys(flags, "boolean"))
        (line,) = reviewed(tmp_path, reviews.people({}), members).table("Permission sets").records()
        assert line["granted"] == "(unknown)"
        assert "can view rates" in line["unknown"]

    def test_with_any_index(self, loaded, tmp_path):
        odd = loaded.people.set_index(pd.Index([7] * len(loaded.people)))
        members = loaded.members.set_index(pd.Index(list("ab" * len(loaded.members))[: len(loaded.members)]))
        table = everyone(reviewed(tmp_path, odd, members))
        assert Counter(table.column("id")) == Counter(shown(loaded.people["id"]))

    def test_with_ids_that_are_text(self, tmp_path):
        people = reviews.people({}, {"id": 2}).astype({"id": "str"})
        members = reviews.members({}).astype({"person_id": "str", "project_id": "float"})
        assert everyone(reviewed(tmp_path, people, members)).column("id") == ["1", "2"]

    def test_are_left_alone(self, loaded):
        given = [one.copy(deep=True) for one in (loaded.people, loaded.members, loaded.roles)]
        report.access_review(loaded.people, loaded.members, loaded.roles, before=loaded.people)
        for before, after in zip(given, (loaded.people, loaded.members, loaded.roles), strict=True):
            pd.testing.assert_frame_equal(before, after)
            assert before.attrs == after.attrs

    @pytest.mark.parametrize("given", [None, [1], "people"])
    def test_that_are_no_frames_are_refused(self, given, loaded):
        with pytest.raises(errors.InvalidArgument):
            report.access_review(given)
        with pytest.raises(errors.InvalidArgument):
            report.access_review(loaded.people, given or 5)

    def test_of_something_else_are_refused(self, loaded):
        for given in ((loaded.clients,), (loaded.people, loaded.people), (loaded.people, None, loaded.people)):
            with pytest.raises(errors.InvalidArgument):
                report.access_review(*given)

    def test_of_untrusted_text_are_shown_as_they_are(self, tmp_path):
        people, members, roles = made.hostile_people(), made.hostile_members(), made.hostile_roles()
        found = reviewed(tmp_path, people, members, roles, before=people)
        assert sorted(everyone(found).column("name")) == sorted(show_hidden(one).strip() for one in frames.AWKWARD)
        for one in map(show_hidden, frames.AWKWARD):
            assert any(one in line["who"] for line in found.findings)


def test_each_method_gives_a_new_report(loaded, tmp_path):
    first = report.access_review(loaded.site)
    before, shown_first = repr(first), read(first, tmp_path).text
    others = [
        first.add_text("more"),
        first.add_table(pd.DataFrame({"a": [1]}), "more"),
        first.add_findings(report.findings(loaded.site)),
    ]
    assert all(one is not first for one in others)
    assert (repr(first), read(first, tmp_path).text) == (before, shown_first)
    with pytest.raises(AttributeError):
        first.title = "other"


def test_what_is_added_to_a_standard_report_is_shown_before_the_appendix(loaded, tmp_path):
    review = (
        report.access_review(loaded.site, appendix=False).add_text("Mine.").add_table(pd.DataFrame({"a": [1]}), "Mine")
    )
    assert "Mine." in read(review, tmp_path).paragraphs
    found = read(report.access_review(loaded.site).add_table(pd.DataFrame({"a": [1]}), "Mine"), tmp_path)
    assert found.titles.index("Mine") < found.titles.index("Everyone")


class TestSaved:
    def test_is_the_baseline_of_the_next_review(self, loaded, tmp_path):
        first = report.access_review(loaded.people, loaded.members, loaded.roles)
        path = first.save(tmp_path / "baseline.parquet")
        assert path.stat().st_mode & 0o777 == 0o600
        found = read(report.access_review(loaded.people, loaded.members, loaded.roles, before=path), tmp_path)
        assert found.table("Changes, value by value").rows == []
        assert {line["status"] for line in found.findings} == {"unchanged"}

    def test_is_not_overwritten_unless_asked(self, loaded, tmp_path):
        path = tmp_path / "baseline.parquet"
        path.write_text("mine")
        with pytest.raises(errors.InvalidArgument, match="exists"):
            report.access_review(loaded.people).save(path)
        assert path.read_text() == "mine"
        report.access_review(loaded.people).save(path, overwrite=True)

    def test_needs_the_extension_that_it_is_read_by(self, loaded, tmp_path):
        with pytest.raises(errors.InvalidArgument, match="parquet"):
            report.access_review(loaded.people).save(tmp_path / "baseline.html")

    def test_of_another_report_is_refused_with_the_way_to_save_a_frame(self, tmp_path):
        with pytest.raises(errors.InvalidArgument, match=r"no frames to compare with.*access_review.*to_parquet"):
            report.Report("Mine").save(tmp_path / "mine.parquet")


def test_no_picture_stays_open():
    pyplot.close("all")
    report.access_review(reviews.people({}), reviews.members({}), frames.roles())
    report.customer_portfolio(frames.portfolio())
    assert pyplot.get_fignums() == []
