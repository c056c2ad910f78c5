"""DuckDB spills, and so finishes, where it has less memory than its data."""

from carrel import Client, Limits
from support import local_server, run

MAKE = """
import duckdb
duckdb.execute("create table t as select hash(range) as h, range::varchar as s from range(3000000)")
"""
SORT = "select row_number() over (order by h), s from t"
GROUP = "select h, max(s) from t group by h"


def test_queries_larger_than_memory_are_answered():
    with local_server() as server, Client(server.address) as client:
        limits = Limits(memory_bytes=256 << 20)
        with client.create_session("data-science", limits=limits) as session:
            run(session, MAKE)
            for query in (SORT, GROUP):
                counted = f"duckdb.sql('select count(*) from ({query})').fetchall()"
                assert run(session, f"print({counted})").stdout == "[(3000000,)]\n"
