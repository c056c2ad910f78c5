"""The language and the parts of the standard library that touch the system little."""

from rows.row import EVERYWHERE, Row

ROWS = (
    Row("recursion without end", "def f(n):\n    return f(n + 1)\nf(0)",
        raises=("RecursionError", "maximum recursion depth")),
    Row("raised recursion limit", """
import sys
sys.setrecursionlimit(20_000)
def depth(n):
    return n and 1 + depth(n - 1)
print(depth(15_000))
""", "15000"),
    Row("deep recursion in a thread with a large stack", """
import sys, threading
sys.setrecursionlimit(200_000); threading.stack_size(256 << 20)
def depth(n):
    return n and 1 + depth(n - 1)
thread = threading.Thread(target=lambda: print(depth(100_000)))
thread.start(); thread.join()
""", "100000"),
    Row("logging to stderr", "import logging\nlogging.warning('careful')",
        stderr="WARNING:root:careful\n"),
    Row("logging to a file", """
import logging
logging.basicConfig(filename="run.log", level=logging.INFO, format="%(levelname)s %(message)s")
logging.getLogger("job").info("done")
print(open("run.log").read())
""", "INFO done\n"),
    Row("warnings are shown once", """
import warnings
for n in range(3): warnings.warn("odd")
""", stderr="UserWarning: odd"),
    Row("exception in a thread", """
import threading
thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()
""", stderr="ZeroDivisionError: division by zero"),
    Row("csv", """
import csv
with open("t.csv", "w", newline="") as f:
    csv.writer(f).writerows([["a", "b"], [1, "x,y"]])
print(list(csv.DictReader(open("t.csv"))), csv.Sniffer().sniff("a;b\\n1;2\\n").delimiter)
""", "[{'a': '1', 'b': 'x,y'}] ;"),
    Row("json", """
import json
json.dump({"é": [1, None, True]}, open("t.json", "w"), ensure_ascii=False)
print(open("t.json").read(), json.load(open("t.json")))
""", """{"é": [1, null, true]} {'é': [1, None, True]}"""),
    Row("pickle of a cell's dataclass", """
import copy, pickle
from dataclasses import dataclass, field, asdict
@dataclass(order=True)
class Item:
    name: str
    tags: list = field(default_factory=list)
pickle.dump(Item("a", ["x"]), open("item.pkl", "wb"))
back = pickle.load(open("item.pkl", "rb"))
print(back, back == Item("a", ["x"]), asdict(copy.deepcopy(back)))
""", "Item(name='a', tags=['x']) True {'name': 'a', 'tags': ['x']}"),
    Row("shelve and dbm", """
import shelve
with shelve.open("shelf") as shelf: shelf["k"] = [1, 2]
with shelve.open("shelf") as shelf: print(shelf["k"])
""", "[1, 2]"),
    Row("decimal and fractions", """
from decimal import Decimal, getcontext
from fractions import Fraction
getcontext().prec = 30
print(Decimal(2).sqrt(), Fraction(1, 3) + Fraction(1, 6))
""", "1.41421356237309504880168872421 1/2"),
    Row("random, secrets and uuid", """
import random, secrets, uuid
random.seed(42)
print(random.randint(1, 100), len(secrets.token_hex(8)), uuid.uuid4() != uuid.uuid4(),
      uuid.uuid5(uuid.NAMESPACE_DNS, "python.org"), uuid.uuid1().version)
""", "82 16 True 886313e1-3b8a-5372-9b90-0c9aee199e5d 1"),
    Row("hashlib and base64", """
import base64, hashlib, hmac, zlib
print(hashlib.md5(b"x").hexdigest()[:8], hashlib.sha3_256(b"x").hexdigest()[:8],
      base64.b64encode(b"carrel"), zlib.crc32(b"x"), hmac.new(b"k", b"m", "sha256").hexdigest()[:8],
      hashlib.scrypt(b"p", salt=b"s", n=2, r=8, p=1).hex()[:4] != "")
""", "9dd4e461 741efa31 b'Y2FycmVs' 2363233923 b60090e3 True"),
    Row("pdb has no one to ask", "import pdb; pdb.set_trace()\nprint('on')",
        check=lambda r: "(Pdb)" in r.stdout, raises=("BdbQuit", "")),
    Row("typing, enum, itertools and functools", """
import enum, functools, itertools
class Colour(enum.StrEnum):
    RED = enum.auto()
@functools.lru_cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(Colour.RED, fib(90), list(itertools.batched([1], 1)) if hasattr(itertools, "batched") else "")
match {"a": [1, 2]}:
    case {"a": [first, *_]}: print(first)
""", "red 2880067194370816120 \n1"),
    Row("unittest in a cell", """
import sys, unittest
class Test(unittest.TestCase):
    def test_sum(self): self.assertEqual(sum([1, 2]), 3)
result = unittest.main(argv=["x"], exit=False, testRunner=unittest.TextTestRunner(sys.stdout)).result
""", check=lambda r: "Ran 1 test" in r.stdout and "OK" in r.stdout),
    Row("doctest, textwrap and pprint", """
import doctest, pprint, textwrap
def double(x):
    '''
    >>> double(2)
    4
    '''
    return 2 * x
print(doctest.testmod(), textwrap.shorten("a b c d", 5)); pprint.pprint({"b": 1, "a": 2})
""", "TestResults(failed=0, attempted=1) [...]\n{'a': 2, 'b': 1}"),
    Row("cProfile and tracemalloc", """
import cProfile, io, pstats, tracemalloc
tracemalloc.start()
with cProfile.Profile() as profile: sum(range(10))
out = io.StringIO(); pstats.Stats(profile, stream=out).print_stats(3)
print("function calls" in out.getvalue(), tracemalloc.get_traced_memory()[1] > 0)
""", "True True"),
    Row("turtle and tkinter are not there", """
try:
    import tkinter
    tkinter.Tk()
except Exception as error: print(type(error).__name__ in ("ModuleNotFoundError", "TclError"))
""", "True"),
    Row("xml and html", """
import html, xml.etree.ElementTree as ET
from html.parser import HTMLParser
root = ET.fromstring("<r><a k='1'>é</a></r>"); ET.ElementTree(root).write("t.xml")
print(root.find("a").attrib, html.unescape("&eacute;"), open("t.xml").read())
""", "{'k': '1'} é <r><a k=\"1\">&#233;</a></r>", images=EVERYWHERE),
)  # fmt: skip
