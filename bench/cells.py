"""Cells of figures d and e, which run in a session and in plain CPython alike."""

from __future__ import annotations

CSV = """
import numpy as np, pandas as pd
r = np.random.default_rng(7)
n = 60_000
pd.DataFrame({
    'region': r.choice(['north', 'south', 'east', 'west'], n),
    'product': r.choice([f'p{i:02}' for i in range(20)], n),
    'day': pd.to_datetime('2025-01-01') + pd.to_timedelta(r.integers(0, 365, n), unit='D'),
    'amount': r.gamma(2, 50, n).round(2),
}).to_csv('sales.csv', index=False)
"""

CHART = """
import pandas as pd
import matplotlib.pyplot as plt
sales = pd.read_csv('sales.csv', parse_dates=['day'])
table = sales.groupby([sales['day'].dt.month, 'region'])['amount'].sum().unstack()
figure, axes = plt.subplots(figsize=(8, 4.5))
table.plot.bar(ax=axes)
axes.set_title('Sales by month and region')
figure.savefig('chart.png', dpi=120)
plt.close(figure)
print(table.sum().round(2))
"""

PYTHON = """
def primes(n):
    sieve = bytearray([1]) * n
    for i in range(2, int(n ** 0.5) + 1):
        if sieve[i]:
            sieve[i * i::i] = bytes(len(range(i * i, n, i)))
    return sum(sieve) - 2
def words(n):
    counts = {}
    for i in range(n):
        key = f'w{i * 7919 % 5003}'
        counts[key] = counts.get(key, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:3]
def collatz(n):
    longest = 0
    for start in range(1, n):
        steps, x = 0, start
        while x != 1:
            x = x // 2 if x % 2 == 0 else 3 * x + 1
            steps += 1
        longest = max(longest, steps)
    return longest
print(primes(6_000_000), words(800_000), collatz(40_000))
"""

NUMPY = """
import numpy as np
r = np.random.default_rng(1)
a = r.normal(size=(700, 700))
x = r.normal(size=1_500_000)
for _ in range(6):
    a = a @ a
    a /= np.abs(a).max()
    np.sort(x), np.fft.rfft(x)
print(float(np.linalg.svd(a[:200, :200], compute_uv=False)[0]))
"""

FILES = """
import os
os.makedirs('many', exist_ok=True)
for i in range(10_000):
    with open(f'many/{i}', 'w') as file:
        file.write('x' * 200)
total = 0
for i in range(10_000):
    with open(f'many/{i}') as file:
        total += len(file.read())
    os.unlink(f'many/{i}')
print(total)
"""

SUBPROCESSES = """
import subprocess
for _ in range(200):
    subprocess.run(['/usr/bin/true'], check=True)
"""
