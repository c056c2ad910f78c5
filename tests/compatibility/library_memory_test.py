"""The part of a session's memory limit that libraries take before they do anything.

RLIMIT_DATA counts all private writable memory, whether it is ever touched: arenas that an allocator
makes in advance, stacks of threads, buffers for each CPU. The code that calls a library uses none
of it, and has that much less for its data.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from carrel import Client
from support import local_server, run

# The code to run, and the most MiB that it may add. A limit has room for a little more code, none
# for an arena or a pool of threads.
TAKES = {
    "import pandas as pd; pd.DataFrame({'a': [1, 2]}).to_csv('t.csv'); pd.read_csv('t.csv')": 8,
    "import pandas as pd; pd.DataFrame({'a': [1]}).to_parquet('t'); pd.read_parquet('t')": 48,
    "import pyarrow as pa; pa.array([1, 2])": 16,
    "import pyarrow.csv, pyarrow.compute, pyarrow.dataset": 16,
    "import polars as pl; pl.DataFrame({'a': [1, 1]}).group_by('a').len()": 80,
    "import duckdb; duckdb.sql('select 1').fetchall()": 64,
    "import numpy as np; np.linalg.svd(np.ones((9, 9))); np.ones((99, 99)) @ np.ones((99, 99))": 16,
    "import scipy.linalg, scipy.optimize, scipy.signal, scipy.sparse.linalg": 16,
    "from sklearn.ensemble import *; HistGradientBoostingRegressor().fit([[1], [2]], [1, 2])": 48,
    "from sklearn.linear_model import *; LogisticRegression().fit([[1], [2]], [1, 2])": 96,
    "import statsmodels.api as sm; sm.OLS([1, 2], [1, 1]).fit()": 128,
    "import matplotlib.pyplot as plt; plt.plot([1]); plt.savefig('p.png'); plt.close()": 16,
    "import seaborn as sns; sns.lineplot(x=[1], y=[1]).figure.clear()": 16,
    "import plotly.express as px; px.line(y=[1]).to_json()": 64,
    "import sympy; sympy.integrate('x')": 64,
    "import networkx as nx; nx.pagerank(nx.path_graph(3))": 32,
    "import openpyxl, xlsxwriter, docx, pptx, lxml.html, bs4": 48,
    "import pypdf, pdfplumber, reportlab.platypus, pypdfium2": 48,
    "import sqlite3; sqlite3.connect(':memory:').execute('select 1')": 8,
    "import threading; t = threading.Thread(target=print, args=('',)); t.start(); t.join()": 12,
}  # fmt: skip

MEASURE = """
def mebibytes_of_limit():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmData")) / 1024
before = mebibytes_of_limit()
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with local_server() as server, Client(server.address) as connected:
        yield connected


@pytest.mark.parametrize("code", TAKES, ids=lambda code: code.split()[1].strip(",;"))
def test_library_takes_little_of_the_limit(client: Client, code: str):
    with client.create_session("data-science") as session:
        run(session, MEASURE)
        run(session, code + ";")
        taken = float(run(session, "print(mebibytes_of_limit() - before)").stdout)
        assert taken < TAKES[code], f"{taken:.0f} MiB of the session's limit"
