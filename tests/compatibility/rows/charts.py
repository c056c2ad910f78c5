"""Charts and pictures."""

from carrel import Result

from rows.row import SCIENCE, Row, science


def _are_five_figures(result: Result) -> bool:
    figures = [*result.displays, *([result.result] if result.result else [])]
    pages = [figure.html or "" for figure in figures]
    return len(pages) == 5 and all("cdn.plot.ly" in page and len(page) < 40_000 for page in pages)


ROWS = (
    science("matplotlib saves every format", """
import os
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(3, 2)); ax.plot([1, 2]); ax.set_title("$x^2$ é")
for kind, magic in {"png": b"\\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "jpg": b"\\xff\\xd8", "webp": b"RIFF",
                    "tiff": b"II*", "eps": b"%!PS", "ps": b"%!PS", "svgz": b"\\x1f\\x8b"}.items():
    fig.savefig(f"f.{kind}", dpi=80, bbox_inches="tight")
    print(kind, open(f"f.{kind}", "rb").read().startswith(magic), end=" ")
plt.close()
""", "png True svg True pdf True jpg True webp True tiff True eps True ps True svgz True "),
    science("matplotlib animation as gif", """
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation, PillowWriter
from PIL import Image
fig, ax = plt.subplots(figsize=(2, 2)); line, = ax.plot([0, 1], [0, 1])
animation = FuncAnimation(fig, lambda n: line.set_ydata([0, n]), frames=3)
animation.save("a.gif", writer=PillowWriter(fps=5)); plt.close(fig)
print(Image.open("a.gif").n_frames, "<img" in animation.to_jshtml())
""", "3 True"),
    science("matplotlib in 3D", """
import matplotlib.pyplot as plt, numpy as np
ax = plt.figure().add_subplot(projection="3d"); x, y = np.meshgrid(range(5), range(5))
ax.plot_surface(x, y, x * y, cmap="viridis"); ax.scatter([1], [1], [1]); plt.show()
""", "", "image/png"),
    science("matplotlib kinds of chart", """
import matplotlib.pyplot as plt, matplotlib.dates as mdates, numpy as np, datetime
fig, axes = plt.subplots(3, 3, figsize=(9, 9), layout="constrained"); a = axes.flat; m = np.arange(16).reshape(4, 4)
fig.colorbar(a[0].imshow(m, cmap="plasma")); a[1].contourf(m); a[2].pie([1, 2], labels=["a", "b"], autopct="%d%%")
a[3].boxplot([[1, 2, 3]]); a[4].hist([1, 1, 2]); a[5].quiver(m, m); a[6].stackplot([1, 2], [1, 2], [2, 1]); a[7].violinplot([[1, 2, 3]])
a[8].plot([datetime.date(2024, 1, d) for d in (1, 2)], [1, 2]); a[8].xaxis.set_major_formatter(mdates.DateFormatter("%d %b"))
a[8].annotate("top", (datetime.date(2024, 1, 2), 2)); a[1].set_yscale("symlog"); fig.suptitle("all")
print(len(plt.colormaps()) > 150, "ggplot" in plt.style.available)
""", "True True", "image/png"),
    science("matplotlib fonts that code names", """
import matplotlib.pyplot as plt
for name in ("Arial", "Times New Roman", "SimHei", "Malgun Gothic"):
    plt.rcParams["font.family"] = name; plt.figure(); plt.title("Title"); plt.show()
""", "", "image/png"),
    science("matplotlib text of many scripts", """
import matplotlib.pyplot as plt
plt.rcParams["font.sans-serif"] = ["SimHei"]; plt.rcParams["axes.unicode_minus"] = False
plt.title("数据 データ 데이터 🎉 é Ж"); plt.xlabel("−1 ≤ α")
plt.plot([1], label="图例"); plt.legend(); plt.savefig("t.pdf"); plt.savefig("t.svg")
""", "", "image/png"),
    science("matplotlib backends", """
import matplotlib; matplotlib.use("Agg")
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.savefig("a.png"); plt.close(); print(matplotlib.get_backend().lower())
""", "agg"),
    science("matplotlib styles and mathtext", """
import matplotlib.pyplot as plt
with plt.style.context("dark_background"), plt.xkcd() if False else plt.rc_context({"mathtext.fontset": "cm"}):
    plt.plot([1, 2]); plt.title(r"$\\frac{a}{b} \\sum_i \\sqrt{x_i}$"); plt.show()
""", "", "image/png"),
    science("matplotlib svg in the output", """
%config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.show()
""", "", "image/svg+xml"),
    science("seaborn", """
import numpy as np, pandas as pd, seaborn as sns
sns.set_theme(); rng = np.random.default_rng(0)
t = pd.DataFrame({"x": rng.normal(size=40), "y": rng.normal(size=40), "k": list("ab") * 20})
sns.scatterplot(t, x="x", y="y", hue="k"); sns.pairplot(t, hue="k", height=1.5); sns.lmplot(t, x="x", y="y", height=2)
import matplotlib.pyplot as plt
plt.figure(); sns.heatmap(t[["x", "y"]].corr(), annot=True); plt.figure(); sns.violinplot(t, x="k", y="x")
sns.clustermap(t[["x", "y"]], figsize=(3, 3)); sns.kdeplot(t.x); print("drawn")
""", "drawn", "image/png"),
    science("plotly figure is displayed", """
import plotly.express as px, plotly.graph_objects as go, json
fig = px.scatter(x=[1, 2], y=[3, 4], title="é"); fig.add_trace(go.Bar(x=[1], y=[2]))
fig.write_html("p.html"); fig.write_json("p.json")
print("plotly" in open("p.html").read(), len(json.loads(fig.to_json())["data"]), "<div" in fig.to_html(include_plotlyjs=False, full_html=False))
fig
""", "True 2 True", "application/vnd.plotly.v1+json"),
    # Each figure is in a display of its own that can be drawn by itself: no first display holds
    # plotly.js.
    Row("plotly's show()", """
import plotly.express as px, plotly.graph_objects as go, plotly.io as pio
px.line(x=[1, 2], y=[1, 2]).show(); go.Figure(go.Bar(x=[1], y=[2])).show(); display(px.box(y=[1, 2])); pio.show(px.line(y=[1]))
px.scatter(x=[1], y=[2])
""", shows=("application/vnd.plotly.v1+json", "text/html"), images=SCIENCE, check=_are_five_figures),
    Row("plotly with a renderer that is named", """
import plotly.express as px, plotly.io as pio
px.line(y=[1]).show("json"); pio.renderers.default = "plotly_mimetype"; px.line(y=[1]).show()
""", check=lambda r: [[item.mime_type for item in d.data] for d in r.displays]
        == [["application/json"], ["application/vnd.plotly.v1+json"]], images=SCIENCE),
    science("plotly in a script", """
import pathlib
pathlib.Path("s.py").write_text("import plotly.express as px; f = px.line(y=[1]); f.show(); f.write_html('p.html'); print('written')")
!python s.py
""", "written"),
    science("pillow formats", """
import io
from PIL import Image, features
for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "ICO", "PDF", "TGA", "JPEG2000"):
    data = io.BytesIO(); Image.new("RGB", (16, 16), "red").save(data, kind); data.seek(0)
    print(kind if kind == "PDF" else Image.open(data).format, end=" ")
print(features.check("freetype2"))
""", "PNG JPEG GIF BMP TIFF WEBP PPM ICO PDF TGA JPEG2000 True"),
    science("pillow drawing", """
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps
import numpy as np
image = Image.new("RGB", (80, 40), "white"); draw = ImageDraw.Draw(image)
draw.text((2, 2), "Hé", fill="black", font=ImageFont.truetype("DejaVuSans.ttf", 20)); draw.ellipse((50, 5, 70, 25), "blue")
draw.text((2, 25), "x", font=ImageFont.load_default(12), fill="red")
done = ImageOps.grayscale(ImageEnhance.Contrast(image.filter(ImageFilter.BLUR).rotate(90, expand=True)).enhance(2)).resize((20, 20))
print(done.size, np.asarray(image).shape, Image.fromarray(np.zeros((2, 2), "u1")).mode)
image
""", "(20, 20) (40, 80, 3) L", "image/png"),
)  # fmt: skip
