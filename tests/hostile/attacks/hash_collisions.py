"""Fills a dictionary with keys of one hash.

attack: 48
guarantee: G7
timeout: 1
cause: TIMEOUT
"""

from kit import *

control(True)


class Key:
    def __hash__(self):
        return 7

    def __eq__(self, other):
        return self is other


full = {Key(): None for _ in range(10**6)}
numbers = {number * (2**61 - 1): None for number in range(10**6)}
