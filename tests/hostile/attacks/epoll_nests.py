"""Nests epoll sets in circles and chains, and adds each to all.

attack: 47
guarantee: G7
observed: {"circle": ["ELOOP", "EINVAL"], "itself": "EINVAL", "chain": "ELOOP"}
"""

import select

from kit import *

one, two = select.epoll(), select.epoll()
one.register(two)
chain = [select.epoll() for _ in range(20)]
answers = {attempt(a.register, b) for a, b in zip(chain[1:], chain)}
many = [select.epoll() for _ in range(100)]
for a in many[:50]:
    for b in many[50:]:
        attempt(a.register, b)
observed = {
    "circle": attempt(two.register, one),
    "itself": attempt(one.register, one),
    "chain": "ELOOP" if "ELOOP" in answers else sorted(answers),
}
report(observed, attempt(two.register, 3) == "OK")
