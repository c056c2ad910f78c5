"""Packages that pass their objects to each other, which one release of either can break."""

from rows.row import science

ROWS = (
    science("pandas with dateutil", """
import pandas as pd
from dateutil import parser, relativedelta, tz
zone = tz.gettz("Europe/Berlin"); day = pd.Timestamp("2026-07-01")
days = pd.date_range("2026-03-28", periods=2, freq="D", tz=zone)
print(day.tz_localize(zone).utcoffset(), days.tz_convert("UTC")[1], day + relativedelta.relativedelta(months=1),
      pd.Series([day]).dt.tz_localize(zone).dt.tz_convert(tz.UTC)[0], pd.Timestamp(parser.parse("3 May 2026")).month)
""", "2:00:00 2026-03-28 23:00:00+00:00 2026-08-01 00:00:00 2026-06-30 22:00:00+00:00 5"),
    science("pandas with pytz and zoneinfo", """
import datetime, pandas as pd, pytz, zoneinfo
for zone in (pytz.timezone("America/New_York"), zoneinfo.ZoneInfo("America/New_York"), datetime.timezone.utc):
    print(pd.Series(pd.to_datetime(["2026-07-01"])).dt.tz_localize(zone).dt.tz_convert("UTC")[0], end=" ")
""", "2026-07-01 04:00:00+00:00 2026-07-01 04:00:00+00:00 2026-07-01 00:00:00+00:00 "),
    science("pandas with numpy", """
import numpy as np, pandas as pd
t = pd.DataFrame({"a": np.arange(3, dtype="i4"), "b": np.array([1, np.nan, 2])})
print(np.log1p(t).shape, np.where(t.a > 1, 1, 0).tolist(), t.to_numpy().dtype, np.asarray(t.b).sum(), pd.array([1, None]).to_numpy("f8", na_value=np.nan)[0],
      pd.Series(np.array(["2026-01-01"], "M8[s]")).dt.year[0], t.to_records(index=False).dtype.names)
""", "(3, 2) [0, 0, 1] float64 nan 1.0 2026 ('a', 'b')"),
    science("pandas with pyarrow", """
import datetime, pandas as pd, pyarrow as pa
t = pd.DataFrame({"i": [1, None], "s": ["x", None], "d": pd.to_datetime(["2026-01-01", None]).tz_localize("Europe/Berlin"), "c": pd.Categorical(["u", "v"])})
b = t.convert_dtypes(dtype_backend="pyarrow"); a = pa.Table.from_pandas(t)
print(a.to_pandas().equals(t), b.dtypes.i, b.s.str.upper()[0], a.to_pandas(types_mapper=pd.ArrowDtype).d.dt.hour[0],
      pd.Series([datetime.date(2026, 1, 2)], dtype=pd.ArrowDtype(pa.date32()))[0], pd.Series(["a"], dtype="string[pyarrow]").str.len()[0])
""", "True int64[pyarrow] X 0 2026-01-02 1"),
    science("pandas with openpyxl and xlsxwriter", """
import datetime, pandas as pd
t = pd.DataFrame({"d": [datetime.date(2026, 1, 2)], "t": pd.to_datetime(["2026-01-02 03:04"]), "n": [1.5], "b": [True]})
for engine in ("openpyxl", "xlsxwriter"):
    t.to_excel("t.xlsx", engine=engine, index=False); r = pd.read_excel("t.xlsx", engine="openpyxl"); print(r.t[0], r.n[0], r.b[0], end=" ")
t.style.highlight_max(subset=["n"]).to_excel("s.xlsx", engine="openpyxl"); print(pd.read_excel("s.xlsx").shape)
""", "2026-01-02 03:04:00 1.5 True 2026-01-02 03:04:00 1.5 True (1, 5)"),
    science("pandas with lxml, beautifulsoup4 and sqlite3", """
import io, pandas as pd, sqlite3
html = "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"
print(*(pd.read_html(io.StringIO(html), flavor=f)[0].a[0] for f in ("lxml", "bs4") if f != "bs4" or __import__("importlib").util.find_spec("html5lib")))
print(pd.read_xml(io.StringIO(pd.DataFrame({"a": [1]}).to_xml())).a[0])
with sqlite3.connect(":memory:") as db: print(pd.DataFrame({"d": pd.to_datetime(["2026-01-01"])}).to_sql("t", db), pd.read_sql("select * from t", db, parse_dates=["d"]).d[0])
""", "1\n1\n1 2026-01-01 00:00:00"),
    science("polars with pyarrow, pandas and numpy", """
import datetime, numpy as np, pandas as pd, polars as pl, pyarrow as pa
t = pl.DataFrame({"a": [1, None], "s": ["x", "y"], "d": [datetime.datetime(2026, 1, 1)] * 2, "l": [[1], [2, 3]]})
print(pl.from_arrow(t.to_arrow()).equals(t), t.to_pandas().shape, pl.from_pandas(pd.DataFrame({"c": pd.Categorical(["u"])})).dtypes, t["d"].to_numpy()[0],
      pl.from_numpy(np.eye(2)).shape, pa.table(t).num_rows, t.to_pandas(use_pyarrow_extension_array=True).a.sum())
""", "True (2, 4) [Categorical] 2026-01-01T00:00:00.000000 (2, 2) 2 1"),
    science("duckdb with pandas, polars, pyarrow and numpy", """
import duckdb, numpy as np, pandas as pd, polars as pl, pyarrow as pa
p = pd.DataFrame({"a": [1, 2], "d": pd.to_datetime(["2026-01-01", None]), "c": pd.Categorical(["u", "v"])})
l = pl.DataFrame({"a": [3]}); w = pa.table({"a": [4]}); n = np.array([5, 6])
print(duckdb.sql("select sum(a) from (select a from p union all select a from l union all select a from w)").fetchall(), duckdb.sql("from p").df().dtypes.astype(str).tolist(),
      duckdb.sql("select a from p").pl().shape, duckdb.sql("from w").to_arrow_table().num_rows, duckdb.sql("select max(column0) from n").fetchall())
""", "[(10,)] ['int64', 'datetime64[ns]', 'category'] (2, 1) 1 [(6,)]"),
    science("seaborn with pandas and matplotlib", """
import numpy as np, pandas as pd, seaborn as sns, seaborn.objects as so, matplotlib.pyplot as plt
t = pd.DataFrame({"x": np.arange(6.0), "y": np.arange(6.0) ** 2, "k": pd.Categorical(list("ababab"))})
for draw in (sns.lineplot, sns.scatterplot): draw(t, x="x", y="y", hue="k"); plt.close()
for draw in (sns.boxplot, sns.barplot, sns.stripplot, sns.countplot): draw(t, x="k", **({} if draw is sns.countplot else {"y": "y"}), hue="k"); plt.close()
sns.histplot(t, x="x", kde=True); sns.relplot(t, x="x", y="y", col="k", height=2); plt.close("all"); so.Plot(t, "x", "y").add(so.Line()).save("p.png"); print("drawn")
""", "drawn"),
    science("matplotlib with numpy and pandas", """
import matplotlib.pyplot as plt, numpy as np, pandas as pd
s = pd.Series([1.0, 2.0], pd.date_range("2026-01-01", periods=2, tz="Europe/Berlin")); fig, (a, b, c) = plt.subplots(3)
a.plot(s.index, s); a.fill_between(s.index, s, 0); s.plot(ax=b); c.bar(pd.Categorical(["u", "v"]), np.array([1, 2], "f4")); c.plot(np.ma.masked_equal([1, 2], 2))
fig.savefig("p.png"); plt.close(); print(plt.cm.viridis(np.linspace(0, 1, 3)).shape)
""", "(3, 4)"),
    science("statsmodels with scipy, pandas and patsy", """
import numpy as np, pandas as pd, statsmodels.api as sm, statsmodels.formula.api as smf
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.seasonal import STL
rng = np.random.default_rng(0); t = pd.DataFrame({"x": np.arange(48.0), "k": list("ab") * 24}); t["y"] = 2 * t.x + rng.normal(size=48)
print(round(smf.ols("y ~ x + C(k) + np.log1p(x)", t).fit().params["x"]), smf.logit("v ~ x", t.assign(v=(t.y > 40 + 9 * rng.normal(size=48)).astype(int))).fit(disp=0).params.shape,
      sm.GLM(t.x, sm.add_constant(t.y), family=sm.families.Poisson()).fit().df_resid, sm.stats.anova_lm(smf.ols("y ~ k", t).fit()).shape)
s = t.set_index(pd.date_range("2022-01-01", periods=48, freq="MS")).y
print(ARIMA(s, order=(1, 1, 0)).fit().forecast(2).index[1], STL(s, period=12).fit().trend.shape)
""", "2 (2,) 46 (2, 5)\n2026-02-01 00:00:00 (48,)"),
    science("scikit-learn with scipy, pandas and polars", """
import numpy as np, pandas as pd, polars as pl, scipy.sparse as sp, scipy.stats as st
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
t = pd.DataFrame({"x": np.arange(40.0), "k": pd.Categorical(list("abcd") * 10)}); y = (t.x > 19).astype(int)
columns = make_column_transformer((StandardScaler(), ["x"]), (OneHotEncoder(), ["k"])); p = make_pipeline(columns, LogisticRegression()).fit(t, y)
print(p.score(t, y), LogisticRegression().fit(sp.csr_array(t[["x"]].to_numpy()), y).n_features_in_, StandardScaler().set_output(transform="polars").fit_transform(pl.DataFrame({"x": [1.0, 2.0]})).shape,
      RandomizedSearchCV(RandomForestClassifier(5), {"max_depth": st.randint(1, 4)}, n_iter=2, cv=2).fit(t[["x"]], y).best_params_.keys())
""", "1.0 1 (2, 1) dict_keys(['max_depth'])"),
    science("plotly with pandas, polars and numpy", """
import numpy as np, pandas as pd, plotly.express as px, polars as pl
t = pd.DataFrame({"d": pd.date_range("2026-01-01", periods=3, tz="UTC"), "v": [1.0, np.nan, 3.0], "k": pd.Categorical(list("uvu"))})
for draw in (px.line, px.bar, px.scatter): f = draw(t, x="d", y="v", color="k"); f.to_json()
print(len(f.data), len(px.box(pl.DataFrame({"v": [1, 2]}), y="v").to_json()) > 99, px.imshow(np.eye(2)).data[0].type, len(px.scatter(x=[1, 2, 3], y=[1, 2, 4], trendline="ols").data))
""", "2 True heatmap 2"),
    science("networkx and sympy with numpy, scipy and pandas", """
import networkx as nx, numpy as np, pandas as pd, sympy as sp
g = nx.from_pandas_edgelist(pd.DataFrame({"source": [1, 2], "target": [2, 3]})); x = sp.symbols("x")
print(nx.to_numpy_array(g).sum(), nx.to_scipy_sparse_array(g).nnz, round(max(nx.pagerank(g).values()), 2), sp.lambdify(x, sp.sin(x) ** 2, "numpy")(np.zeros(2)).shape, len(nx.spring_layout(g, seed=1)))
""", "4.0 4 0.49 (2,) 3"),
    science("Office and PDF with pandas, pillow and matplotlib", """
import io, docx, matplotlib.pyplot as plt, openpyxl, pandas as pd, pdfplumber, pptx
from openpyxl.drawing.image import Image
from openpyxl.utils.dataframe import dataframe_to_rows
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas
plt.plot([1, 2]); plt.savefig("p.png"); plt.close(); book = openpyxl.Workbook(); sheet = book.active
for row in dataframe_to_rows(pd.DataFrame({"a": [1], "d": pd.to_datetime(["2026-01-01"])}), index=False): sheet.append(row)
sheet.add_image(Image("p.png"), "D1"); book.save("b.xlsx"); word = docx.Document(); word.add_picture("p.png"); word.save("w.docx")
show = pptx.Presentation(); show.slides.add_slide(show.slide_layouts[6]).shapes.add_picture("p.png", 0, 0); show.save("s.pptx")
page = canvas.Canvas("c.pdf"); page.drawString(72, 700, "text"); page.drawImage(ImageReader("p.png"), 72, 300, 100, 100); page.save()
with pdfplumber.open("c.pdf") as pdf: print(pdf.pages[0].extract_text(), len(pdf.pages[0].images), pdf.pages[0].to_image(50).original.size[0] > 99, pd.read_excel("b.xlsx").d[0])
""", "text 1 True 2026-01-01 00:00:00"),
)  # fmt: skip
