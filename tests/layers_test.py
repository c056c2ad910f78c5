"""The rules between source layers (docs/architecture.md); the checks also find planted breaches."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

# Sources and builds are the same in all isolation modes, so one suffices.
pytestmark = pytest.mark.lanes("native")

REPOSITORY = Path(__file__).resolve().parents[1]
BUILD = REPOSITORY / os.environ.get("CARREL_BUILD_DIR", "build/release")

# A rule is a pattern that no line of code may match; comments and strings are no code.
INCLUDES_GRPC = r'#\s*include\s*[<"](grpc|service/|google/rpc|.*\.grpc\.pb)'
INCLUDES_GRPCPP = r'#\s*include\s*[<"](grpc|.*\.grpc\.pb)'
LOGS = (
    r'#\s*include\s*[<"](spdlog|iostream|absl/log|absl/base/log)|\bspdlog::|\bstd::(cout|cerr|clog)\b'
    r"|\bf?printf\s*\(\s*stderr|\bv?fprintf\s*\(|\b(f?puts|perror|v?syslog)\s*\(|\bABSL_LOG|\bLOG\("
    r"|(?<![\w.])printf\s*\("
)
STARTS_THREADS = (
    r"#\s*include\s*[<\"](thread|future|asio)|\bstd::(j?thread|async)\b|\bpthread_create\s*\("
    r"|\basio::|\bthrd_create\s*\("
)
FORKS = (
    r"(?<![\w.>])(v?fork|posix_spawnp?|system|popen|clone3?|daemon|execl[pe]?|execvp?e?|execve)\s*\("
    r"|SYS_(v?fork|clone3?)\b|#\s*include\s*[<\"]spawn\.h"
)
RULES = {
    "nothing under sandbox/ includes gRPC": ("sandbox", INCLUDES_GRPC),
    "nothing under sandbox/child/ logs": ("sandbox/child", LOGS),
    "nothing under sandbox/child/ starts threads": ("sandbox/child", STARTS_THREADS),
    "nothing under service/ forks": ("service", FORKS),
}


def sources(folder: str) -> list[Path]:
    """Returns the C++ files of a directory that are built into the product; tests are exempt."""
    found = [
        path
        for path in sorted((REPOSITORY / folder).rglob("*"))
        if path.suffix in {".cc", ".h"} and not re.search(r"_(test|fuzz|benchmark)\.", path.name)
        and not path.stem.endswith("_test_util")
    ]  # fmt: skip
    assert len(found) >= 5, f"{folder}/ was not found: a check of nothing must be red"
    return found


def read(name: str) -> str:
    return (REPOSITORY / name).read_text()


def code_of(text: str) -> str:
    """Returns the text without comments and string literals, except for those of #include."""
    pattern = r'#\s*include[^\n]*|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'

    def replace(match: re.Match[str]) -> str:
        piece = match.group()
        if piece.startswith("#"):
            return piece
        return '""' if piece.startswith('"') else "\n" * piece.count("\n")

    return re.sub(pattern, replace, text, flags=re.DOTALL)


def breaches(named_texts: Iterable[tuple[str, str]], pattern: str) -> list[str]:
    """Returns the lines of code that match, as "file:line: text"."""
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in named_texts
        for number, line in enumerate(code_of(text).splitlines(), 1)
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize(("folder", "pattern"), RULES.values(), ids=RULES)
def test_layer_rule_holds(folder, pattern):
    texts = ((str(path.relative_to(REPOSITORY)), path.read_text()) for path in sources(folder))
    assert breaches(texts, pattern) == []


def test_only_rpc_and_tuning_include_grpc():
    texts = [
        (str(path.relative_to(REPOSITORY)), path.read_text())
        for path in sources("service")
        if path.parent.name not in {"rpc", "tuning"}
    ]
    assert breaches(texts, INCLUDES_GRPCPP) == []


INCLUDES_RPC = r'#\s*include\s*[<"]service/rpc/'


def test_nothing_is_built_on_the_rpc_edge():
    texts = [
        (str(path.relative_to(REPOSITORY)), path.read_text())
        for path in sources("service")
        if path.parent.name != "rpc" and path.name != "main.cc"
    ]
    assert breaches(texts, INCLUDES_RPC) == []


# Each of these waits in the kernel for a lock that a guest can hold for seconds.
WAITS_FOR_A_GUEST = (
    r"\b(ProportionalBytes|ResetPeakMemory|SocketBufferBytesOf)\s*\(|\bUnnamedFiles\b"
)


def test_only_looks_wait_for_a_guest():
    texts = [
        (str(path.relative_to(REPOSITORY)), path.read_text())
        for path in sources("sandbox") + sources("service")
        if path.parent.name != "processes"
    ]
    assert breaches(texts, WAITS_FOR_A_GUEST) == []


PLANTED = [
    (WAITS_FOR_A_GUEST, "  ResetPeakMemory(interpreter_);"),
    (WAITS_FOR_A_GUEST, "UnnamedFiles unnamed(true, {});"),
    (WAITS_FOR_A_GUEST, "return carrel::ProportionalBytes(tree) > limit;"),
    (INCLUDES_RPC, '#include "service/rpc/validation.h"'),
    (INCLUDES_GRPC, "#include <grpcpp/server.h>"),
    (INCLUDES_GRPC, '#include "grpc/grpc.h"'),
    (INCLUDES_GRPC, '  #  include "service/session/session.h"'),
    (INCLUDES_GRPC, '#include "google/rpc/status.pb.h"'),
    (INCLUDES_GRPC, '#include "carrel/v1/code_interpreter.grpc.pb.h"'),
    (LOGS, 'spdlog::info("x");'),
    (LOGS, "std::cerr << 1;"),
    (LOGS, 'fprintf(stderr, "x");'),
    (LOGS, 'printf("x");'),
    (LOGS, "#include <iostream>"),
    (LOGS, 'perror("x");'),
    (LOGS, "#include <absl/log/log.h>"),
    (STARTS_THREADS, "std::thread t([] {});"),
    (STARTS_THREADS, "pthread_create(&t, nullptr, f, nullptr);"),
    (STARTS_THREADS, "auto f = std::async(g);"),
    (STARTS_THREADS, "#include <asio/io_context.hpp>"),
    (FORKS, "pid_t pid = fork();"),
    (FORKS, "if (::vfork() == 0)"),
    (FORKS, 'system("ls");'),
    (FORKS, 'FILE* f = popen("ls", "r");'),
    (FORKS, "posix_spawn(&pid, path, 0, 0, argv, envp);"),
    (FORKS, "syscall(SYS_clone, 0);"),
]
INNOCENT = [
    (LOGS, 'snprintf(text, sizeof(text), "%d", 1);'),
    (LOGS, "// printf(stderr) is not for here"),
    (STARTS_THREADS, "std::this_thread::yield();"),
    (FORKS, 'return Failed("cannot fork(): see clone()");'),
    (FORKS, "/* fork() */ int forks = before_fork_(1);"),
    (FORKS, "launcher.system(1);"),
]


@pytest.mark.parametrize(("pattern", "line"), PLANTED, ids=[line for _, line in PLANTED])
def test_planted_breach_is_found(pattern, line):
    text = f"#include <string>\n\n// A comment.\nint x = 1;\n{line}\n"
    assert breaches([("planted.cc", text)], pattern) == [f"planted.cc:5: {code_of(line).strip()}"]


@pytest.mark.parametrize(("pattern", "line"), INNOCENT, ids=[line for _, line in INNOCENT])
def test_innocent_line_is_no_breach(pattern, line):
    assert breaches([("innocent.cc", line)], pattern) == []


def compile_flags() -> dict[Path, list[str]]:
    """Maps each source to its compile command, without its input and outputs."""
    flags: dict[Path, list[str]] = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        compiler = next(i for i, word in enumerate(words) if word.endswith("++"))
        kept = [words[compiler]]
        for before, word in pairwise(words[compiler:]):
            is_file = before in {"-o", "-MF", "-MT"} or word == entry["file"]
            if not is_file and word not in {"-c", "-o"} and not word.startswith("-M"):
                kept.append(word)
        flags[Path(entry["file"]).resolve()] = kept
    return flags


def flags_for(header: Path, flags: dict[Path, list[str]]) -> list[str]:
    """Returns the flags of the header's own source or, without one, the most of any beside it."""
    own = flags.get(header.with_suffix(".cc"))
    beside = [words for path, words in flags.items() if path.parent == header.parent]

    def included(words: list[str]) -> int:
        return sum(word.startswith(("-I", "-isystem")) for word in words)

    return own or max(beside or flags.values(), key=included)


def complaint_about(header: Path, flags: dict[Path, list[str]]) -> str:
    """Returns the compiler's messages about a header alone; empty if there are none."""
    # -fsyntax-only writes no file, so no output is named.
    command = [
        *flags_for(header, flags),
        "-fsyntax-only",
        "-O0",
        "-Wno-pragma-once-outside-header",
        "-x",
        "c++",
    ]
    done = subprocess.run(
        [*command, "-"],
        input=f'#include "{header}"\n#include "{header}"\n',
        capture_output=True,
        text=True,
        cwd=BUILD,
        check=False,
    )
    return "" if done.returncode == 0 else f"{header.name}: {done.stderr[:500]}"


# The targets that may leave out layers (docs/layers.md). None of them is installed.
MAY_LEAVE_OUT = {
    "carrel-zygote-testing",
    "carrel-zygote-testing-library",
    "carrel-supervisor-testing",
    "layers_off_test",
}


def test_no_program_that_is_shipped_is_built_to_leave_out_layers():
    found = {
        match[1]
        for entry in json.loads((BUILD / "compile_commands.json").read_text())
        if "-DCARREL_TEST_LAYERS" in entry["command"]
        for match in [re.search(r" -o \S*CMakeFiles/([^/]+)\.dir/", entry["command"])]
        if match
    }
    assert found == MAY_LEAVE_OUT


def test_each_layer_has_its_row_in_the_docs():
    enum = re.search(r"enum class Layer .*?\{(.*?)\};", read("sandbox/layers.h"), re.DOTALL)
    assert enum is not None
    layers = re.findall(r"^  k(\w+),$", enum[1], re.MULTILINE)[:-1]  # not kCount
    assert len(layers) > 50
    rows = [line for line in read("docs/layers.md").splitlines() if line.startswith("| ")]
    named = set(re.findall(r"\w+", " ".join(row.split("|")[1] for row in rows)))
    assert [layer for layer in layers if layer not in named] == []


@pytest.mark.timeout(600)
def test_every_header_compiles_alone(tmp_path):
    flags = compile_flags()
    headers = [path for folder in ("sandbox", "service") for path in sources(folder)]
    headers = [path for path in headers if path.suffix == ".h"]
    assert len(headers) > 40
    broken = tmp_path / "broken.h"
    broken.write_text("inline std::string Name();\n")  # The header lacks its include.
    with ThreadPoolExecutor(2) as pool:
        complaints = list(pool.map(lambda path: complaint_about(path, flags), [broken, *headers]))
    assert "broken.h" in complaints[0], "the check finds nothing"
    assert "\n".join(complaints[1:]).strip() == ""
