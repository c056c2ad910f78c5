"""The cells of the demo: what a language model writes for "analyse this sales file".

Each builds on the variables of those before it.
"""

LOAD = """\
import pandas as pd

raw = pd.read_csv("sales.csv", dtype=str)
print(f"{len(raw):,} rows, {raw.shape[1]} columns")
print(raw.isna().sum().rename("missing").to_string())
print()
print("Date formats, by their shape:")
shapes = raw["order_date"].str.replace(r"\\d", "9", regex=True)
print(shapes.str.replace(r"[A-Z][a-z]{2}", "Mon", regex=True).value_counts().to_string())
raw.head()
"""

CLEAN = """\
def parse_dates(column):
    parsed = pd.Series(pd.NaT, index=column.index)
    for fmt in ("%Y-%m-%d", "%d.%m.%Y", "%b %d, %Y"):
        parsed = parsed.fillna(pd.to_datetime(column, format=fmt, errors="coerce"))
    return parsed

def parse_money(column):
    return pd.to_numeric(column.str.replace(r"[$,\\s]", "", regex=True), errors="coerce")

orders = raw.drop_duplicates("order_id").copy()
print(f"dropped {len(raw) - len(orders)} duplicate orders")

orders["order_date"] = parse_dates(orders["order_date"])
for name in ("quantity", "unit_price", "amount"):
    orders[name] = parse_money(orders[name])
for name in ("customer", "region", "product"):
    orders[name] = orders[name].str.strip()
orders["region"] = orders["region"].str.title()

rebuilt = orders["amount"].isna()
orders["amount"] = orders["amount"].fillna(orders["quantity"] * orders["unit_price"])
print(f"rebuilt {rebuilt.sum()} missing amounts from quantity and price")

unknown = orders["region"].isna()
orders = orders[~unknown]
print(f"left out {unknown.sum()} orders without a region")
print(f"kept {(orders['quantity'] < 0).sum()} returns as negative revenue")
assert orders["order_date"].notna().all()
print(f"{len(orders):,} clean orders, "
      f"{orders['order_date'].min():%d %b %Y} to {orders['order_date'].max():%d %b %Y}")
"""

DESCRIBE = """\
summary = (
    orders.groupby("region")
    .agg(
        orders=("order_id", "count"),
        revenue=("amount", "sum"),
        median_order=("amount", "median"),
        returns=("quantity", lambda q: int((q < 0).sum())),
        largest_order=("amount", "max"),
    )
    .sort_values("revenue", ascending=False)
    .round(2)
)
print(f"Total revenue: ${orders['amount'].sum():,.2f}")
summary
"""

PLOT = """\
import matplotlib.dates as mdates
import matplotlib.pyplot as plt

monthly = (
    orders.assign(month=orders["order_date"].dt.to_period("M").dt.to_timestamp())
    .pivot_table(index="month", columns="region", values="amount", aggfunc="sum")
)
monthly.to_csv("monthly_revenue.csv", float_format="%.2f")

fig, ax = plt.subplots(figsize=(12.8, 7.2), dpi=110)
colours = plt.get_cmap("tab10").colors
for colour, region in zip(colours, monthly.columns):
    ax.plot(monthly.index, monthly[region] / 1000, marker="o", markersize=4.5,
            linewidth=2.2, color=colour, label=region)

ax.set_title("Monthly revenue by region, 2023–2024", fontsize=17, weight="bold", loc="left", pad=28)
best = orders.groupby("customer")["amount"].sum().nlargest(4).index
ax.text(0, 1.02, f"Returns deducted. Largest customers: {', '.join(best)}",
        transform=ax.transAxes, fontsize=11, color="0.35")
ax.set_ylabel("Revenue (thousand $)", fontsize=12)
ax.set_ylim(bottom=0)
ax.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 4, 7, 10)))
ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(ax.xaxis.get_major_locator()))
ax.grid(axis="y", color="0.88")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(title="Region", frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
fig.tight_layout()
fig.savefig("/mnt/data/monthly_trends.png")
print(f"peak month: {monthly.sum(axis=1).idxmax():%B %Y}")
"""

TRENDS = """\
import time

# Printed one by one: the caller sees each line while the cell still runs.
for region in monthly.columns:
    series = monthly[region]
    growth = series.loc["2024"].sum() / series.loc["2023"].sum() - 1
    by_month = series.groupby(series.index.month).mean()
    best = pd.Timestamp(2024, by_month.idxmax(), 1)
    print(f"{region:8} {growth:+7.1%} year on year, best in {best:%B}", flush=True)
    time.sleep(0.15)
"""

CELLS = (
    ("Load", LOAD),
    ("Clean", CLEAN),
    ("Describe", DESCRIBE),
    ("Plot", PLOT),
    ("Trends", TRENDS),
)
