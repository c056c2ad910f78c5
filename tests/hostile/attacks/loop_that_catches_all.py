"""Catches every exception there is and goes on, in a try within a try within a loop.

attack: 46
guarantee: G7
timeout: 1
cause: TIMEOUT
ending: KILLED
"""

import time

from kit import *

control(True)


def endless():
    while True:
        try:
            try:
                n = 1
                while True:
                    time.sleep(0.001)
            finally:
                endless()
        except BaseException:
            continue


endless()
