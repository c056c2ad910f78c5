"""Makes sales.csv: two years of orders in five regions, with the dirt of real files.

    python examples/make_sales_csv.py [OUTPUT]

The same file comes out every time. Its dirt: dates in three formats, thousands
separators, currency signs, missing values, stray whitespace, regions in any case,
returns as negative quantities, and orders that were exported twice.
"""

import calendar
import csv
import math
import random
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

SEED = 20240305
COLUMNS = (
    "order_id",
    "order_date",
    "customer",
    "region",
    "product",
    "quantity",
    "unit_price",
    "amount",
)
CUSTOMERS = (
    *("Ünal Demir", "Zoë Bakker", "東京商事", "Łódź Trade", "Ελλάδα Foods"),
    *("Søren Ørsted", "José Muñoz", "Anna Smith", "Björk & Sons", "Acme Ltd"),
    *("Олег Петров", "Čapek Books", "Nguyễn Văn An", "O'Brien, Pat", "Łukasz Nowak"),
)
CUSTOMER_WEIGHTS = (6, 9, 14, 11, 9, 5, 5, 5, 4, 6, 5, 5, 4, 4, 4)
PRODUCTS = {
    "Desk lamp": 39.90,
    "Office chair": 249.00,
    "Standing desk": 689.00,
    'Monitor 27"': 319.50,
    "Notebook A5": 6.25,
    "Café set": 84.00,
}
PRODUCT_WEIGHTS = (22, 18, 8, 14, 26, 12)


def demand(region: str, year: int, month: int) -> float:
    """The orders that a region places in a month, on average."""
    elapsed = (year - 2023) * 12 + month - 1
    wave = math.cos(2 * math.pi * (month - 1) / 12)  # It is 1 in January and -1 in July.
    return {
        "North": 50 + 24 * wave,  # Demand peaks in winter.
        "South": 48 - 26 * wave,  # Demand peaks in summer.
        "East": 22 + 2.6 * elapsed,  # Demand grows all the time.
        "West": 34 + (48 if month in (11, 12) else 0),  # the holidays
        "Central": 74 - 1.7 * elapsed + (14 if month in (3, 4, 5) else 0),  # fades
    }[region]


REGIONS = ("North", "South", "East", "West", "Central")


@dataclass
class Order:
    """An order before it is written with dirt."""

    day: date
    customer: str
    region: str
    product: str
    quantity: int
    unit_price: float


def clean_orders(rng: random.Random) -> list[Order]:
    """Returns the orders by date."""
    orders = []
    for year in (2023, 2024):
        for month in range(1, 13):
            for region in REGIONS:
                noise = 0.94 + 0.12 * rng.random()
                for _ in range(round(demand(region, year, month) * noise)):
                    orders.append(one_order(rng, region, year, month))
    orders.sort(key=lambda order: (order.day, order.region))
    return orders


def one_order(rng: random.Random, region: str, year: int, month: int) -> Order:
    """Returns one order; one in sixty is a return."""
    days = calendar.monthrange(year, month)[1]
    product = rng.choices(tuple(PRODUCTS), PRODUCT_WEIGHTS)[0]
    # Expensive things are bought one or two at a time.
    most = max(2, min(9, int(1400 / PRODUCTS[product])))
    quantity = 1 + int(rng.random() ** 2 * most)
    if rng.random() < 1 / 60:
        quantity = -quantity
    return Order(
        unit_price=round(PRODUCTS[product] * (0.9 + 0.2 * rng.random()), 2),
        day=date(year, month, 1 + int(rng.random() * days)),
        customer=rng.choices(CUSTOMERS, CUSTOMER_WEIGHTS)[0],
        region=region,
        product=product,
        quantity=quantity,
    )


def dirty_date(rng: random.Random, day: date) -> str:
    """Returns the date as one of three systems exports it."""
    chance = rng.random()
    if chance < 0.74:
        return day.isoformat()
    if chance < 0.90:
        return f"{day.day:02}.{day.month:02}.{day.year}"
    return f"{calendar.month_abbr[day.month]} {day.day}, {day.year}"


def dirty_money(rng: random.Random, amount: float) -> str:
    """Returns an amount: large ones with separators, some with a currency sign, a few missing."""
    chance = rng.random()
    if chance < 0.015:
        return ""
    text = f"{amount:,.2f}"
    if chance < 0.09:
        return f"-${text[1:]}" if amount < 0 else f"${text}"
    return text


def dirty_text(rng: random.Random, text: str, missing: float) -> str:
    """Returns a text, sometimes with stray whitespace, sometimes missing."""
    chance = rng.random()
    if chance < missing:
        return rng.choices(("", "N/A"))[0]
    if chance < missing + 0.04:
        return f" {text}"
    if chance < missing + 0.08:
        return f"{text}  "
    return text


def dirty_case(rng: random.Random, text: str) -> str:
    """Returns a text, sometimes in another case."""
    return rng.choices((text, text.lower(), text.upper()), (88, 7, 5))[0]


def dirty_row(rng: random.Random, number: int, order: Order) -> list[str]:
    """Returns an order as it stands in the file."""
    return [
        f"SO-{number}",
        dirty_date(rng, order.day),
        dirty_text(rng, order.customer, 0.01),
        dirty_text(rng, dirty_case(rng, order.region), 0.008),
        order.product,
        str(order.quantity),
        f"{order.unit_price:.2f}",
        dirty_money(rng, round(order.quantity * order.unit_price, 2)),
    ]


def rows() -> list[list[str]]:
    """Returns all rows of the file below its header."""
    rng = random.Random(SEED)
    result = []
    for number, order in enumerate(clean_orders(rng), start=100001):
        row = dirty_row(rng, number, order)
        result.append(row)
        if rng.random() < 0.006:
            result.append(row)
    return result


def write(path: Path) -> int:
    """Writes the file; returns how many rows it has."""
    content = rows()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(content)
    return len(content)


if __name__ == "__main__":
    default = Path(__file__).with_name("sales.csv")
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    print(f"wrote {write(output)} orders to {output}")
