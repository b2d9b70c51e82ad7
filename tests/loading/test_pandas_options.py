"""What loads and checks return is the same whatever pandas infers for text, which users can set."""

import warnings

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import pmframes as pm

FUNCTIONS = {
    "customers": pm.customers,
    "people": lambda: pm.teamwork.people(everyone=True, extra_columns=True),
    "roles": lambda: pm.projectmanager.roles(),
    "connections": pm.connections,
    "check": lambda: pm.check().drop(columns="cache_age"),
    "cache": lambda: pm.cache.info()[["service", "account", "resource", "parameters"]],
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_text_has_one_dtype_and_missing_text_is_missing(function):
    with pm.demo(people=20):
        pm.outlign.companies()
        expected = function()
        with warnings.catch_warnings():
            # The option is deprecated, and can be set nevertheless.
            warnings.simplefilter("ignore")
            with pd.option_context("future.infer_string", False):
                found = function()
    assert [*found.dtypes.astype(str)] == [*expected.dtypes.astype(str)]
    categories = [values.cat.categories.dtype for _, values in found.items() if values.dtype == "category"]
    assert {str(dtype) for dtype in categories} <= {"str"}
    assert_frame_equal(found, expected, check_column_type=False)
