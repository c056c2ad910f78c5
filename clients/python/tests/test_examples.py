"""The examples' data: the committed file equals the output of its script."""

import csv
import sys

import pytest

from carrel.testing import REPOSITORY

EXAMPLES = REPOSITORY / "examples"


@pytest.fixture
def make_sales_csv(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import make_sales_csv

    yield make_sales_csv
    del sys.modules["make_sales_csv"]


def test_script_makes_the_committed_file(make_sales_csv, tmp_path):
    made = tmp_path / "sales.csv"
    make_sales_csv.write(made)
    assert made.read_bytes() == (EXAMPLES / "sales.csv").read_bytes()


def test_file_has_the_dirt_of_real_files():
    with (EXAMPLES / "sales.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    ids = [row["order_id"] for row in rows]
    amounts = [row["amount"] for row in rows]
    assert len(rows) > 5000
    assert len(set(ids)) < len(ids)
    assert "" in amounts
    assert any("," in amount for amount in amounts)
    assert any("$" in amount for amount in amounts)
    assert any(amount.startswith("-") for amount in amounts)
    assert any("." in row["order_date"] for row in rows)
    assert any("," in row["order_date"] for row in rows)
    assert {"north", "NORTH", "North", " North", ""} <= {row["region"] for row in rows}
    assert "東京商事" in {row["customer"] for row in rows}
