"""Artifacts and usage: the files that a cell changed, and the resources that it used."""

from __future__ import annotations

import hashlib

from carrel import Change, Session
from support import run


def changes(result):
    return {artifact.path: artifact.change for artifact in result.artifacts}


def test_created_modified_and_deleted_files_are_artifacts(session: Session):
    run(session, "for n in 'abc': open(n, 'w').write('old')")
    code = """
import os
open('b', 'w').write('new content')
os.remove('c')
os.makedirs('plots/2024')
open('plots/2024/d.csv', 'w').write('x,y')
"""
    result = run(session, code)
    assert changes(result) == {
        "b": Change.MODIFIED,
        "c": Change.DELETED,
        "plots/2024/d.csv": Change.CREATED,
    }
    artifacts = {artifact.path: artifact for artifact in result.artifacts}
    created = artifacts["plots/2024/d.csv"]
    assert created.sha256 == hashlib.sha256(b"x,y").hexdigest()
    assert (created.size_bytes, created.mime_type) == (3, "text/csv")
    assert created.name == f"{session.name}/files/plots/2024/d.csv"
    assert session.read_bytes(created) == b"x,y"
    assert (artifacts["c"].size_bytes, artifacts["c"].sha256) == (0, "")


def test_cell_that_changes_nothing_has_no_artifacts(session):
    run(session, "open('a', 'w').write('x')")
    assert run(session, "open('a').read()").artifacts == ()


def test_same_size_rewrite_is_a_modification(session):
    run(session, "open('a', 'w').write('one')")
    assert changes(run(session, "open('a', 'w').write('two')")) == {"a": Change.MODIFIED}


def test_uploads_of_the_host_are_not_artifacts_of_the_next_cell(session):
    session.write_bytes(b"x", "uploaded.csv")
    assert run(session, "open('uploaded.csv').read()").artifacts == ()
    session.write_bytes(b"y", "uploaded.csv")
    session.write_bytes(b"z", "folder/other.csv")
    session.delete_file("folder/other.csv")
    assert changes(run(session, "open('mine', 'w').write('m')")) == {"mine": Change.CREATED}


def test_rename_is_a_deletion_and_a_creation(session):
    run(session, "open('a', 'w').write('x')")
    result = run(session, "import os; os.rename('a', 'b')")
    assert changes(result) == {"a": Change.DELETED, "b": Change.CREATED}


def test_artifacts_of_a_failed_and_of_a_dead_cell_are_told(session):
    assert changes(session.execute("open('a', 'w').write('x')\n1/0")) == {"a": Change.CREATED}
    code = "open('b', 'w').write('x')\nimport os\nos._exit(1)"
    assert changes(session.execute(code)) == {"b": Change.CREATED}


def test_many_artifacts_are_listed_up_to_a_bound_that_is_told(session):
    result = run(session, "for n in range(3000): open(f'f{n:05}', 'w').close()")
    assert len(result.artifacts) == 3000 or result.execution.artifacts_truncated


def test_artifacts_are_in_the_history(session):
    result = run(session, "open('a', 'w').write('x')")
    assert session.execution(result.execution).artifacts == result.artifacts


def test_usage_is_measured(session):
    code = """
import time
end = time.process_time() + 0.2
while time.process_time() < end: pass
block = b'x' * (50 << 20)
open('out', 'wb').write(b'y' * 12345)
"""
    usage = run(session, code).execution.usage
    assert usage.wall_duration.total_seconds() >= 0.2
    assert usage.cpu_duration.total_seconds() >= 0.1
    assert usage.peak_memory_bytes > 50 << 20
    assert usage.written_bytes == 12345
    assert usage.queue_duration.total_seconds() >= 0


def test_cpu_time_of_subprocesses_counts(session):
    code = """
import subprocess, sys
burn = "import time\\nwhile time.process_time() < 0.3: pass"
subprocess.run([sys.executable, "-c", burn], check=True)
"""
    assert run(session, code).execution.usage.cpu_duration.total_seconds() >= 0.25
