"""carreld's command line: help, self-test, and one clear line if it cannot start."""

from __future__ import annotations

import re
import shutil
import socket
import tempfile
from pathlib import Path

import pytest
from lanes.lane_server import run_carreld
from support import PATIENCE, local_server


@pytest.fixture
def folder():
    """A directory that sessions can reach (pytest's own are closed to others)."""
    made = Path(tempfile.mkdtemp(prefix="carreld-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def carreld(*arguments):
    return run_carreld([*map(str, arguments)], PATIENCE)


def config_in(folder, edit=lambda text: text, **config):
    config.setdefault("listen", [f"unix:{folder}/socket"])
    described = local_server(images=["minimal"], data_directory=folder / "data", **config)
    described._clean_up()
    path = folder / "carreld.textproto"
    path.write_text(edit(described.config_text()))
    return path


def complaint(done):
    """Returns the one line on stderr of a carreld that did not start."""
    assert done.returncode not in (0, -6, -11), done
    lines = [line for line in done.stderr.splitlines() if line.startswith("carreld: ")]
    assert len(lines) == 1, done.stderr
    assert done.stderr.splitlines()[-1] == lines[0], "it is the last word"
    return lines[0]


def test_help_and_version_are_printed():
    assert "--self_test" in carreld("--help").stdout
    assert carreld("--help").returncode == 0
    assert re.fullmatch(r"carreld \d+\.\d+\.\d+\n", carreld("--version").stdout)


@pytest.mark.parametrize("arguments", [[], ["--nonsense"], ["--config"]])
def test_wrong_arguments_are_refused(arguments):
    assert "--help" in complaint(carreld(*arguments))


def test_self_test_prints_the_table(folder):
    listen = [f"unix:{folder}/socket"]
    done = carreld("--config", config_in(folder, listen=listen), "--self_test")
    assert done.returncode == 0, done
    for number in range(1, 10):
        assert re.search(rf"^\W*G{number}\b", done.stdout, re.MULTILINE), done.stdout
    assert "seccomp" in done.stdout
    assert "Landlock" in done.stdout


def test_missing_config_is_named(folder):
    assert "missing.textproto" in complaint(carreld("--config", folder / "missing.textproto"))


@pytest.mark.parametrize("text", ["no such field: 1", "listen: [", "\xff\xfe"])
def test_unreadable_config_is_named(folder, text):
    config = config_in(folder, lambda _: text)
    line = complaint(carreld("--config", config))
    assert "carreld.textproto" in line


def test_config_that_is_a_folder_is_named(folder):
    assert str(folder) in complaint(carreld("--config", folder))


def test_missing_image_is_named(folder):
    def lose(text):
        return re.sub(r'environment: ".*"', 'environment: "/nowhere/minimal"', text)

    assert "/nowhere/minimal" in complaint(carreld("--config", config_in(folder, lose)))


def test_missing_image_config_is_named(folder):
    def lose(text):
        return re.sub(r'config: ".*"', 'config: "/nowhere/image.textproto"', text)

    assert "/nowhere/image.textproto" in complaint(carreld("--config", config_in(folder, lose)))


def test_environment_without_python_modules_is_refused(folder):
    (folder / "environment" / "bin").mkdir(parents=True)
    (folder / "environment" / "bin" / "python").symlink_to("/usr/bin/python3")

    def empty(text):
        return re.sub(r'environment: ".*"', f'environment: "{folder}/environment"', text)

    assert "minimal" in complaint(carreld("--config", config_in(folder, empty)))


def test_address_beyond_loopback_is_refused(folder):
    config = config_in(folder, listen=["0.0.0.0:7411"])
    assert "0.0.0.0:7411" in complaint(carreld("--config", config))


@pytest.mark.lanes("native")  # A container has ports of its own.
def test_taken_port_is_named(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        line = complaint(carreld("--config", config_in(folder, listen=[address])))
        assert address in line


def test_second_carreld_on_the_same_data_is_refused(folder, strict_server):
    data = strict_server.data_directory
    config = config_in(
        folder,
        lambda text: text.replace(str(folder / "data"), str(data)),
        listen=[f"unix:{folder}/socket"],
    )
    assert str(data) in complaint(carreld("--config", config))
