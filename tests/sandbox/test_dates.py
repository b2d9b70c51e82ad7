"""The day of the data set: all its times move with it, and none lies in the future."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from pmframes.sandbox.dataset import NOW
from tests.support import processes

CODE = """
import json
from dataclasses import asdict
from pmframes.sandbox.dataset import NOW, build_dataset
data = build_dataset(60, 7)
print(json.dumps([NOW.isoformat(), asdict(data)], default=str))
"""
TIME = re.compile(r"\d{4}-\d\d-\d\d(?=T|$)")
# Cases of the calendar that stay where they are.
FIXED = re.compile(r"0001-01-01|2017-04-03T09:00:00|2019-07-01$|2024-02-29T23:59:59|2024-03-01T00:00:00\.")


def built(tmp_path, day):
    """Return the present and the days of a data set of this day, in a process of its own."""
    now, data = json.loads(processes.run(CODE, folder=tmp_path, cache=tmp_path, PMFRAMES_DEMO_DATE=day))
    return datetime.fromisoformat(now), [*days(data)]


def days(value):
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from days(part)
    elif isinstance(value, str) and (found := TIME.match(value)) and not FIXED.match(value):
        yield datetime.fromisoformat(found[0])


def test_tests_have_a_fixed_day():
    assert datetime(2026, 9, 1, 8, tzinfo=UTC) == NOW


def test_all_dates_move_with_the_day(tmp_path):
    (first, earlier), (second, later) = (built(tmp_path, day) for day in ("2026-09-01", "2031-05-20"))
    assert (first.isoformat(), second.isoformat()) == ("2026-09-01T08:00:00+00:00", "2031-05-20T08:00:00+00:00")
    assert len(earlier) > 1000
    assert {after - before for before, after in zip(earlier, later, strict=True)} == {second - first}


def test_the_data_end_today(tmp_path):
    before = datetime.now(UTC)
    now, _ = built(tmp_path, "")
    assert before - timedelta(days=1) <= now <= datetime.now(UTC)


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "0001-01-01", "2026-09-01T08:00"])
def test_a_wrong_day_is_an_error_that_names_the_variable(day, tmp_path):
    code = "import pmframes as pm\ntry: pm.demo()\nexcept pm.errors.InvalidArgument as error: print(error)"
    message = processes.run(code, folder=tmp_path, cache=tmp_path, PMFRAMES_DEMO_DATE=day)
    assert f"PMFRAMES_DEMO_DATE is '{day}'. Set it to a day, such as 2026-09-01, or unset it." in message
