"""The stubs: they describe the module as it is, and the tests and examples keep to them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
EXAMPLES = PACKAGE.parent / "examples/python"


@pytest.mark.parametrize(
    "checker",
    [
        [
            "mypy",
            "--no-incremental",
            "--config-file",
            str(PACKAGE / "pyproject.toml"),
            str(PACKAGE / "tests"),
            str(EXAMPLES),
        ],
        [
            "pyright",
            "--pythonpath",
            sys.executable,
            "--project",
            str(PACKAGE / "pyproject.toml"),
            str(PACKAGE / "tests"),
            str(EXAMPLES),
        ],
        [
            "mypy.stubtest",
            "khata",
            f"--mypy-config-file={PACKAGE / 'pyproject.toml'}",
            f"--allowlist={PACKAGE / 'stubtest-allowlist.txt'}",
        ],
    ],
    ids=lambda checker: checker[0],
)
def test_a_type_checker_agrees(checker: list[str], tmp_path: Path) -> None:
    checked = subprocess.run([sys.executable, "-m", *checker], cwd=tmp_path, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
