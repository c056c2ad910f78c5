"""Files, directories, archives and databases."""

from rows.row import NATIVE, Row

ROWS = (
    Row("temporary files", """
import os, pathlib, tempfile
with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile("w+", suffix=".txt") as f:
    f.write("x"); f.flush(); print(pathlib.Path(f.name).read_text(), os.path.isdir(folder))
with tempfile.TemporaryFile() as f: f.write(b"y"); f.seek(0); print(f.read())
with tempfile.SpooledTemporaryFile(max_size=1) as f: f.write(b"zz"); f.seek(0); print(f.read())
print(tempfile.gettempdir(), os.path.dirname(tempfile.mkdtemp()))
""", "x True\nb'y'\nb'zz'\n/tmp /tmp"),
    Row("walk and glob of the workspace", """
import fnmatch, glob, os, pathlib
os.makedirs("/mnt/data/a/b"); pathlib.Path("/mnt/data/a/b/c.txt").touch(); open("d.csv", "w").close()
print([(r, d, f) for r, d, f in os.walk("/mnt/data")])
print(sorted(glob.glob("/mnt/data/**/*.*", recursive=True)), [p.name for p in pathlib.Path().rglob("*.txt")])
print([(e.name, e.is_dir()) for e in os.scandir("a")], fnmatch.filter(os.listdir(), "*.csv"))
""", "[('/mnt/data', ['a'], ['d.csv']), ('/mnt/data/a', ['b'], []), ('/mnt/data/a/b', [], ['c.txt'])]\n"
        "['/mnt/data/a/b/c.txt', '/mnt/data/d.csv'] ['c.txt']\n[('b', True)] ['d.csv']"),
    Row("pathlib", """
import os
from pathlib import Path
p = Path("/mnt/data/x"); p.mkdir(); f = p / "f.txt"
f.write_text("é\\n"); f.chmod(0o640); g = f.rename(p / "g.txt"); (p / "l").symlink_to(g); os.utime(g, (1, 2))
print(g.stat().st_size, oct(g.stat().st_mode), g.stat().st_mtime, (p / "l").resolve().name, g.owner(),
      g.with_suffix(".md").name, f.exists(), g.group())
""", "3 0o100640 2.0 g.txt carrel g.md False carrel"),
    Row("shutil", """
import os, shutil
os.mkdir("a"); open("a/f", "w").write("x"); os.chmod("a/f", 0o750); os.utime("a/f", (5, 5))
shutil.copy2("a/f", "g"); shutil.copy("g", "h"); shutil.copytree("a", "b"); shutil.move("b", "c")
shutil.copytree("a", "/tmp/t"); shutil.move("/tmp/t", "t"); shutil.move("g", "/tmp/g"); shutil.move("/tmp/g", "g")
print(os.stat("g").st_mtime, oct(os.stat("g").st_mode), sorted(os.listdir()), os.listdir("t"))
shutil.rmtree("c"); print(os.path.exists("c"), shutil.disk_usage("/mnt/data").free > 0, shutil.which("bash"))
""", "5.0 0o100750 ['a', 'c', 'g', 'h', 't'] ['f']\nFalse True /usr/bin/bash"),
    Row("archives of shutil", """
import os, shutil
os.mkdir("a"); open("a/f", "w").write("x")
for kind in ("zip", "tar", "gztar", "bztar", "xztar"):
    name = shutil.make_archive("out", kind, "a"); shutil.unpack_archive(name, kind)
    print(os.path.basename(name), open(f"{kind}/f").read())
""", "out.zip x\nout.tar x\nout.tar.gz x\nout.tar.bz2 x\nout.tar.xz x"),
    Row("zip", """
import io, zipfile
with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("a/b.txt", "hello"); z.writestr("c", "x" * 1000, zipfile.ZIP_LZMA)
with zipfile.ZipFile("z.zip") as z: z.extractall("out"); print(z.namelist(), z.testzip())
print(open("out/a/b.txt").read())
""", "['a/b.txt', 'c'] None\nhello"),
    Row("tar, gzip, bz2, lzma and zlib", """
import bz2, gzip, lzma, tarfile, zlib
open("f", "w").write("data")
with tarfile.open("f.tar.gz", "w:gz") as t: t.add("f")
with tarfile.open("f.tar.gz") as t: t.extractall("out"); print(t.getnames())
for module in (gzip, bz2, lzma):
    with module.open("p", "wt") as p: p.write("text")
    print(module.open("p", "rt").read(), end=" ")
print(open("out/f").read(), zlib.decompress(zlib.compress(b"z")))
""", "['f']\ntext text text data b'z'"),
    Row("archives by command", """
%%bash
set -e
mkdir a && echo x > a/f && chmod 640 a/f
tar czf a.tgz a && mkdir o && tar xzf a.tgz -C o && stat -c %a o/a/f
gzip -k a/f && zcat a/f.gz && find . -name 'f' | sort | xargs cat
""", "640\nx\nx\nx"),
    Row("a look around", "import os\nprint({'mnt', 'tmp', 'usr'} <= set(os.listdir('/')), os.listdir('/mnt'))",
        "True ['data']", lanes=NATIVE),
    Row("cp, mv and install by command", """
%%bash
set -e
echo x > a; chmod 640 a; ln -s a link
cp -p a b; cp -a link l2; cp -r --preserve=mode a c; install -m 750 a d
mv b /tmp/; mv /tmp/b e
stat -c '%n %a' a c d e
""", "a 640\nc 640\nd 750\ne 640"),
    Row("sqlite3 in memory", """
import sqlite3
db = sqlite3.connect(":memory:"); db.row_factory = sqlite3.Row
db.execute("create table t (a integer, b text)"); db.executemany("insert into t values (?, ?)", [(1, "x"), (2, "y")])
print([tuple(r) for r in db.execute("select sum(a), group_concat(b) from t")],
      db.execute("select json_extract('{\\"k\\": 5}', '$.k')").fetchone()[0])
db.execute("create virtual table ft using fts5(body)"); db.execute("insert into ft values ('a cat')")
print(db.execute("select count(*) from ft where ft match 'cat'").fetchone()[0])
""", "[(3, 'x,y')] 5\n1"),
    Row("sqlite3 in a file with WAL", """
import os, sqlite3
writer = sqlite3.connect("/mnt/data/t.db")
print(writer.execute("pragma journal_mode=wal").fetchone()[0])
writer.execute("create table t (a)"); writer.execute("insert into t values (1)"); writer.commit()
reader = sqlite3.connect("file:t.db?mode=ro", uri=True)
print(reader.execute("select * from t").fetchall(), os.path.exists("t.db-wal"))
writer.backup(sqlite3.connect("copy.db")); writer.execute("vacuum")
reader.close(); writer.close(); print(os.path.getsize("t.db") > 0)
""", "wal\n[(1,)] True\nTrue"),
    Row("mmap", """
import mmap
open("m", "wb").write(b"hello" + bytes(4091))
with open("m", "r+b") as f, mmap.mmap(f.fileno(), 0) as m: m[:5] = b"HELLO"; m.flush(); print(m.find(b"LLO"))
print(open("m", "rb").read(5)); shared = mmap.mmap(-1, 4096); shared.write(b"x"); shared.close()
""", "2\nb'HELLO'"),
    Row("file locks", """
import fcntl, os
with open("lock", "w") as f:
    fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB); fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB); print("locked")
os.mkfifo("fifo"); os.link("lock", "hard"); os.truncate("lock", 10); print(os.stat("hard").st_size)
""", "locked\n10"),
    Row("import of a module in the workspace", """
from pathlib import Path
Path("/mnt/data/pkg").mkdir(); Path("/mnt/data/pkg/__init__.py").write_text("from .part import ANSWER\\n")
Path("/mnt/data/pkg/part.py").write_text("ANSWER = 42\\n")
import importlib, pkg, runpy
importlib.reload(pkg); print(pkg.ANSWER, pkg.__file__, runpy.run_path("pkg/part.py")["ANSWER"])
""", "42 /mnt/data/pkg/__init__.py 42"),
    Row("odd file names", """
import os
for name in ("a b.txt", "数据.csv", "🎉", "-x", "it's"): open(name, "w").write(name)
print(sorted(os.listdir()))
""", """['-x', 'a b.txt', "it's", '数据.csv', '🎉']"""),
    Row("text encodings", """
open("l1.txt", "w", encoding="latin-1").write("é"); open("b.txt", "w", encoding="utf-8-sig").write("é")
print(open("l1.txt", "rb").read(), open("b.txt", encoding="utf-8-sig").read(), "é".encode("cp1252"),
      "数".encode("gb18030").decode("gb18030"), open("l1.txt", encoding="utf-8", errors="replace").read())
""", "b'\\xe9' é b'\\xe9' 数 �"),
    Row("configuration files", """
import configparser, tomllib
c = configparser.ConfigParser(); c.read_string("[a]\\nb = 1\\n")
with open("c.ini", "w") as f: c.write(f)
print(c.getint("a", "b"), tomllib.loads("x = [1, 2]")["x"])
""", "1 [1, 2]"),
    Row("git repository", """
%%bash
if ! command -v git >/dev/null; then echo "0123456 one"; exit 0; fi
git init -q repo && cd repo && git config user.email a@b.c && git config user.name a
echo x > f && git add f && git commit -qm one && git log --oneline
""", check=lambda r: r.stdout.endswith(" one\n")),
)  # fmt: skip
