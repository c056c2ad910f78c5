"""Magics that store something, and magics that cannot work in a session."""

from __future__ import annotations

from carrel import Cause
from support import run


def test_stored_variable_outlives_its_interpreter_and_is_no_artifact(session):
    result = run(session, "limits = {'low': 1, 'high': 9}\n%store limits")
    assert result.artifacts == ()
    lost = session.execute("import os; os._exit(1)")
    assert not lost.variables_survived
    assert run(session, "%store -r limits\nprint(limits)").stdout == "{'low': 1, 'high': 9}\n"


def test_folder_of_what_is_stored_is_made_by_store_alone(session):
    code = "import os\n%cd -q /tmp\n%cd -q /mnt/data\nprint(os.listdir())"
    assert run(session, code).stdout == "[]\n"


def test_sessions_do_not_share_what_they_store(session, neighbour):
    run(session, "secret = 1\n%store secret")
    assert run(neighbour, "%store -r secret").stdout == "no stored variable or alias secret\n"


def test_package_that_cannot_be_installed_fails_the_cell_and_says_what_to_do(session):
    result = session.execute("%pip install scrapy\nprint('went on')")
    assert (result.execution.cause, result.stdout) == (Cause.EXCEPTION, "")
    assert result.error.type == "UsageError"
    assert "this session has no network" in result.error.message
    assert "upload pure Python modules" in result.error.message
    assert "scrapy is not in this image" in result.error.message


def test_what_calls_pip_by_itself_is_told_the_same(session):
    code = "import subprocess, sys\n"
    code += "subprocess.check_call([sys.executable, '-m', 'pip', 'install', 'scrapy'])"
    result = session.execute(code)
    assert result.error.type == "CalledProcessError"
    assert "this session has no network" in result.stderr


def test_version_that_is_not_there_is_not_taken_for_installed(session):
    result = session.execute("%pip install -q 'ipython==0.1'")
    assert result.error.type == "UsageError"
    assert session.execute("%pip install --upgrade ipython").error.type == "UsageError"
    assert session.execute("%pip uninstall -y ipython").error.type == "UsageError"
