"""Computes and prints integers of millions of digits.

attack: 48
guarantee: G7
timeout: 1
cause: TIMEOUT
"""

from kit import *

control(attempt(str, 10**5000) == "ValueError")
sys.set_int_max_str_digits(0)
print(len(str(7 ** (1 << 24))))
while True:
    n = 9 ** (9**8)
