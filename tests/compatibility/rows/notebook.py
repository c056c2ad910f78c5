"""Features that a notebook adds to Python."""

from rows.row import SCIENCE, Row, science

ROWS = (
    Row("shell command", "x = 'hi'\n!echo $x {x.upper()} | tr a-z A-Z", "HI HI"),
    Row("shell command into a variable", "lines = !printf 'a\\nb\\n'\nprint(lines, lines.n)",
        "['a', 'b'] a\nb"),
    Row("exit code of a shell command", "!exit 3\nprint(_exit_code)", "3"),
    Row("bash cell", "%%bash\nset -e\nfor n in 1 2; do echo $n; done\necho $((2 + 3)) > five\ncat five",
        "1\n2\n5"),
    Row("sh cell that fails", "%%sh\necho before\nexit 4", "before",
        raises=("CalledProcessError", "exit status 4")),
    Row("timeit", "%timeit -n 2 -r 2 sum(range(10))", check=lambda r: "2 loops each" in r.stdout),
    Row("timeit cell", "%%timeit -n 2 -r 2 n = 3\nn ** 2",
        check=lambda r: "2 loops each" in r.stdout),
    Row("time", "%time x = 5\nprint(x)", check=lambda r: "Wall time" in r.stdout),
    Row("time cell", "%%time\nprint('on')", check=lambda r: r.stdout.startswith("on\n")),
    Row("writefile and run", "%%writefile script.py\nprint(__name__)",
        "Writing script.py"),
    Row("run a script", "open('s.py', 'w').write('import sys; y = sys.argv')\n%run s.py a\nprint(y)",
        "['s.py', 'a']"),
    Row("capture", "%%capture out\nprint('held')"),
    Row("pwd, cd and ls", "%mkdir sub\n%cd sub\n%pwd", "/mnt/data/sub"),
    Row("install of what is there", "%pip install -q ipython 'traitlets>=5'\n%pip install ipython",
        check=lambda r: r.stdout.startswith("Requirement already satisfied: ipython (")
        and r.stdout.count("\n") == 1),
    Row("list of packages", """
lines = !pip list
frozen = !python -m pip freeze
print(lines[0].split(), any(line.startswith("ipython ") for line in lines), any(line.startswith("ipython==") for line in frozen))
%pip show ipython
""", check=lambda r: r.stdout.startswith("['Package', 'Version'] True True\nName: ipython\nVersion: ")),
    Row("store", """
limits = {"low": 1}
%store limits
del limits
%store -r limits
print(limits)
%store
""", "Stored 'limits' (dict)\n{'low': 1}\nStored variables and their in-db values:\nlimits             -> {'low': 1}"),
    Row("store into a file", "names = ['a']\n%store names >names.txt\nprint(open('names.txt').read())",
        "Writing 'names' (list) to file 'names.txt'.\n['a']\n"),
    Row("bookmarks", """
%mkdir deep
%bookmark here
%cd -q deep
%cd -q -b here
%pwd
""", "(bookmark:here) -> /mnt/data"),
    Row("env", "%env COLOUR=red\nimport os\nprint(os.environ['COLOUR'])", "env: COLOUR=red\nred"),
    Row("who", "a = 1\n%who", check=lambda r: r.stdout.split()[0] == "a"),
    Row("autoreload", "%load_ext autoreload\n%autoreload 2"),
    Row("help with a question mark", "len?", check=lambda r: "number of items" in r.stdout
        or any("number of items" in (d.text or "") for d in r.displays)),
    Row("top-level await", "import asyncio\nprint(await asyncio.sleep(0, 'woke'))", "woke"),
    Row("main guard", "import sys\nif __name__ == '__main__':\n    print('main', sys.argv)",
        "main ['']"),
    Row("argparse in a cell", """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--n", type=int, default=3)
print(parser.parse_args().n, parser.parse_args(["--n", "5"]).n)
""", "3 5"),
    Row("source of a cell's function", """
import inspect
def double(x):
    return 2 * x
print(inspect.getsource(double))
""", "def double(x):\n    return 2 * x\n"),
    Row("display of html, markdown and json", """
from IPython.display import HTML, JSON, Markdown, display
display(HTML("<b>b</b>"), Markdown("**b**"), JSON({"a": 1}))
""", "<IPython.core.display.JSON object>", ("text/html", "text/markdown", "application/json"),
        check=lambda r: len(r.displays) == 3),
    Row("progress by carriage returns", """
import sys, time
for n in range(3):
    print(f"\\r{n}", end="", flush=True)
""", "\r0\r1\r2"),
    Row("clear output", """
from IPython.display import clear_output
print("old"); clear_output(wait=True); print("new")
""", "new"),
    Row("json of numbers of libraries", """
import numpy as np, pandas as pd
from IPython.display import JSON, display
display(JSON({"n": np.int64(5), "gap": np.nan, "all": pd.Series([1.5, None]), np.int64(1): {2}}))
""", shows=("application/json",), images=SCIENCE,
        check=lambda r: r.displays[0].get("application/json").text
        == '{"n": 5, "gap": null, "all": [1.5, null], "1": [2]}'),
    Row("live plot", """
import matplotlib.pyplot as plt
from IPython.display import clear_output
for n in range(5):
    clear_output(wait=True); plt.plot(range(n)); plt.show()
""", shows=("image/png",), images=SCIENCE, check=lambda r: len(r.displays) == 1),
    Row("large output", "print('x' * 300_000)", "x" * 300_000),
    Row("output beyond the limit", "for n in range(200_000): print(f'{n:09}')\n",
        check=lambda r: r.stdout.startswith("000000000\n") and r.stdout.endswith("000199999\n")
        and r.execution.stdout.dropped_bytes > 0),
    Row("last value in underscore", "1 + 1\n_ = None\nprint(In[-1][:5])", "1 + 1"),
    Row("matplotlib inline", "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "", ("image/png",), images=SCIENCE),
    science("two figures in one cell", """
import matplotlib.pyplot as plt
plt.figure(); plt.plot([1, 2]); plt.show()
plt.figure(); plt.bar(["a"], [1])
""", "", "image/png"),
)  # fmt: skip
