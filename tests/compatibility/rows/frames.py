"""Tables: pandas, polars, pyarrow, duckdb."""

from rows.row import science

ROWS = (
    science("pandas read_csv", """
import io, pandas as pd
open("t.csv", "w", encoding="latin-1").write("# c\\nday;n;x\\n01.02.2024;1.234,5;ä\\n02.02.2024;NA;b\\n")
t = pd.read_csv("t.csv", sep=";", decimal=",", thousands=".", comment="#", encoding="latin-1",
                parse_dates=["day"], dayfirst=True, na_values=["NA"], dtype={"x": "category"})
print(t.day[0].date(), t.n[0], t.n.isna().sum(), t.x.dtype.name, len(pd.read_csv("t.csv", sep=None, engine="python", encoding="latin-1", skiprows=1)))
t.to_csv("t.csv.gz", index=False); print(pd.read_csv("t.csv.gz", engine="pyarrow").shape, sum(len(c) for c in pd.read_csv("t.csv.gz", chunksize=1)))
print(pd.read_fwf(io.StringIO("a  b\\n1  2\\n")).b[0], pd.read_json(io.StringIO('[{"a": 1}]')).a[0])
""", "2024-02-01 1234.5 1 category 2\n(2, 3) 2\n2 1"),
    science("pandas groupby, merge and pivot", """
import numpy as np, pandas as pd
a = pd.DataFrame({"k": list("xxy"), "g": list("pqp"), "v": [1, 2, 3]})
print(a.groupby("k").agg(total=("v", "sum"), top=("v", "max")).to_dict("index"))
print(a.merge(pd.DataFrame({"k": ["x"], "w": [9]}), on="k", how="left").w.tolist())
print(a.pivot_table(index="k", columns="g", values="v", aggfunc="sum", margins=True).loc["All", "All"],
      pd.crosstab(a.k, a.g).values.tolist(), a.melt("k").shape, a.query("v > 1 and k == 'x'").v.tolist(), a.eval("v * 2").sum())
a
""", "{'x': {'total': 3, 'top': 2}, 'y': {'total': 3, 'top': 3}}\n[9.0, 9.0, nan]\n6 [[1, 1], [1, 0]] (6, 3) [2] 12", "text/html"),
    science("pandas time series", """
import pandas as pd
s = pd.Series(range(60), pd.date_range("2024-01-01", periods=60, freq="D", tz="Europe/Berlin"))
print(s.resample("ME").sum().tolist(), s.rolling("7D").mean().iloc[-1], s.tz_convert("UTC").index[0], s.shift(1).isna().sum())
print(pd.to_datetime(["2024-03-01"]).to_period("Q")[0], pd.Timedelta("1D2h"), pd.cut(s, 3, labels=False).max(), s.ewm(3).mean().iloc[0])
""", "[465, 1305] 56.0 2023-12-31 23:00:00+00:00 1\n2024Q1 1 days 02:00:00 2 0.0"),
    science("pandas Excel by openpyxl", """
import pandas as pd
with pd.ExcelWriter("b.xlsx", engine="openpyxl") as w:
    pd.DataFrame({"a": [1, 2], "d": pd.to_datetime(["2024-01-01", None])}).to_excel(w, sheet_name="S", index=False)
    pd.DataFrame({"b": ["é"]}).to_excel(w, sheet_name="T")
with pd.ExcelWriter("b.xlsx", engine="openpyxl", mode="a", if_sheet_exists="replace") as w: pd.DataFrame({"c": [3]}).to_excel(w, sheet_name="T")
sheets = pd.read_excel("b.xlsx", sheet_name=None); print(list(sheets), sheets["S"].a.sum(), sheets["T"].c[0])
""", "['S', 'T'] 3 3"),
    science("pandas Excel by xlsxwriter", """
import pandas as pd
with pd.ExcelWriter("b.xlsx", engine="xlsxwriter") as w:
    pd.DataFrame({"a": [1, 2]}).to_excel(w, sheet_name="S", index=False)
    chart = w.book.add_chart({"type": "column"}); chart.add_series({"values": "=S!$A$2:$A$3"})
    w.sheets["S"].insert_chart("C2", chart); w.sheets["S"].set_column("A:A", 20, w.book.add_format({"bold": True}))
print(pd.read_excel("b.xlsx").a.tolist())
""", "[1, 2]"),
    science("pandas Parquet, Feather and pickle", """
import pandas as pd
t = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.Categorical(["u", "v"])})
t.to_parquet("t.parquet", compression="zstd"); t.to_feather("t.feather"); t.to_pickle("t.pkl"); t.to_orc("t.orc") if False else None
t.to_parquet("parts", partition_cols=["c"])
print(pd.read_parquet("t.parquet", columns=["a"]).a.sum(), pd.read_feather("t.feather").equals(t), pd.read_pickle("t.pkl").equals(t),
      pd.read_parquet("parts", filters=[("c", "==", "u")]).shape)
""", "3 True True (1, 3)"),
    science("pandas SQL", """
import pandas as pd, sqlite3
with sqlite3.connect("t.db") as db:
    pd.DataFrame({"a": [1, 2, 3]}).to_sql("t", db, index=False, if_exists="replace")
    print(pd.read_sql("select sum(a) as s from t where a > ?", db, params=(1,)).s[0])
""", "5"),
    science("pandas to_html, to_markdown and to_latex", """
import pandas as pd
t = pd.DataFrame({"a": [1.5], "b": ["<é>"]})
print("&lt;é&gt;" in t.to_html(), t.to_markdown(index=False).splitlines()[0], "tabular" in t.to_latex(), t.to_string(index=False).split()[:2])
print(pd.read_html(__import__("io").StringIO(t.to_html()))[0].a[0])
t.style.format({"a": "{:.2f}"}).background_gradient(subset=["a"]).bar(subset=["a"])
""", "True |   a | b   | True ['a', 'b']\n1.5", "text/html"),
    science("pandas plot and describe", """
import pandas as pd
t = pd.DataFrame({"a": [1, 2, 3], "b": [2, 1, 4]}); t.plot(kind="bar", title="T"); t.hist(); t.info()
pd.plotting.scatter_matrix(t); t.describe()
""", """<class 'pandas.core.frame.DataFrame'>
RangeIndex: 3 entries, 0 to 2
Data columns (total 2 columns):
 #   Column  Non-Null Count  Dtype
---  ------  --------------  -----
 0   a       3 non-null      int64
 1   b       3 non-null      int64
dtypes: int64(2)
memory usage: 180.0 bytes""", "text/html", "image/png"),
    science("polars", """
import polars as pl
t = pl.DataFrame({"k": ["x", "x", "y"], "v": [1, 2, 3]}); t.write_parquet("t.parquet"); t.write_csv("t.csv")
print(t.group_by("k").agg(pl.col("v").sum()).sort("k").rows(), pl.scan_parquet("t.parquet").filter(pl.col("v") > 1).collect().height,
      pl.read_csv("t.csv").shape, t.to_pandas().v.sum(), pl.SQLContext(t=t).execute("select max(v) m from t").collect().item())
t
""", "[('x', 3), ('y', 3)] 2 (3, 2) 6 3", "text/html"),
    science("pyarrow", """
import pyarrow as pa, pyarrow.compute as pc, pyarrow.csv, pyarrow.dataset as ds, pyarrow.feather, pyarrow.json, pyarrow.parquet as pq
t = pa.table({"a": [1, 2, None], "b": ["x", "y", "z"]}); pq.write_table(t, "t.parquet"); pa.csv.write_csv(t, "t.csv")
ds.write_dataset(t, "d", format="parquet"); pa.feather.write_feather(t, "t.arrow")
print(pc.sum(t["a"]), pq.read_metadata("t.parquet").num_rows, ds.dataset("d").to_table(filter=ds.field("a") > 1).num_rows,
      pa.csv.read_csv("t.csv").num_columns, pa.memory_map("t.arrow").size() > 0, t.group_by("b").aggregate([("a", "sum")]).num_rows)
""", "3 3 1 2 True 3"),
    science("duckdb", """
import duckdb, pandas as pd
t = pd.DataFrame({"a": [1, 2, 3]}); t.to_parquet("t.parquet"); t.to_csv("t.csv", index=False)
print(duckdb.sql("select sum(a) from t").fetchall(), duckdb.sql("select count(*) from 't.parquet'").fetchall(),
      duckdb.sql("select max(a) from read_csv('t.csv')").df().iloc[0, 0], duckdb.sql("select * from t").pl().height)
with duckdb.connect("f.duckdb") as db: db.execute("create table x as select 1 as n"); print(db.execute("from x").fetchall())
with duckdb.connect("f.duckdb", read_only=True) as db: print(db.sql("from x").fetchall())
""", "[(6,)] [(3,)] 3 3\n[(1,)]\n[(1,)]"),
    science("duckdb with the session's limits", """
import duckdb, os
ask = "select current_setting('threads'), current_setting('temp_directory') like '/tmp/%', current_setting('enable_progress_bar'), current_setting('memory_limit')"
for opened in (duckdb, duckdb.connect(), duckdb.connect().cursor(), duckdb.connect("f.duckdb"), duckdb.connect("f.duckdb"), duckdb.connect(":default:")):
    threads, spills, bar, memory = opened.execute(ask).fetchall()[0]
    number, unit = memory.split(); print(threads == os.cpu_count(), spills, bar, 700 < float(number) * {"MiB": 1, "GiB": 1024}[unit] < 1100)
own = duckdb.connect(config={"memory_limit": "100MiB", "threads": 3, "temp_directory": "own"}); print(own.sql(ask).fetchall())
""", "True True False True\n" * 6 + "[(3, False, False, '100.0 MiB')]"),
    science("duckdb's module functions", """
import duckdb
from duckdb import sql
print(sql("select 1").fetchall(), "sql" in dir(duckdb), duckdb.default_connection() is not None, hasattr(duckdb, "nothing"))
def count():
    import pandas as pd
    frame = pd.DataFrame({"a": [1, 2]}); return duckdb.query("from frame").fetchall()
print(count(), duckdb.connect.__doc__.split("(")[0])
""", "[(1,)] True True False\n[(1,), (2,)] connect"),
    science("duckdb spills to /tmp", """
import duckdb, os
duckdb.execute("set memory_limit = '40MiB'")
duckdb.execute("create table t as select hash(range) as h, range::varchar as s from range(2000000)")
print(duckdb.sql("select count(distinct s) from t").fetchall())
print([name.startswith("duckdb_temp") for at in os.listdir("/tmp") if at.startswith("duckdb-") for name in os.listdir("/tmp/" + at)][:1], os.listdir("."))
""", "[(2000000,)]\n[True] []"),
    science("duckdb in a script", """
import pathlib, sys
pathlib.Path("s.py").write_text('''import duckdb; print(duckdb.sql("select current_setting('temp_directory')[:11]").fetchall())''')
!{sys.executable} s.py
""", "[('/tmp/duckdb',)]"),
    science("tabulate", "from tabulate import tabulate\nprint(tabulate([['é', 1]], headers=['a', 'b'], tablefmt='github'))",
        "| a   |   b |\n|-----|-----|\n| é   |   1 |"),
)  # fmt: skip
