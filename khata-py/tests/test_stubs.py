"""The generated files are those that the module's descriptions give."""

from __future__ import annotations

import runpy
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def test_the_generated_files_are_up_to_date() -> None:
    generated = runpy.run_path(str(PACKAGE / "stubs/generate.py"))["files"]()
    stale = [path.name for path, text in generated.items() if path.read_text() != text]
    assert stale == [], "`cargo xtask stubs` writes them again"
