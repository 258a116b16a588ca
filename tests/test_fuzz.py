"""A small seeded part of the fuzz run: every kind of input whole, and then damaged three times."""

import subprocess
import sys
from pathlib import Path

FUZZ = Path(__file__).parents[1] / "benchmarks" / "fuzz.py"


def test_damaged_inputs_end_honestly(tmp_path):
    command = [sys.executable, str(FUZZ), "--inputs", "56", "--seed", "7", "--keep", str(tmp_path)]
    result = subprocess.run([*command, "--patience", "600"], capture_output=True, text=True, check=False)
    trials = "\n".join(path.read_text() for path in sorted(tmp_path.glob("*/trial")))
    assert result.returncode == 0, f"{result.stdout}{result.stderr}{trials}"
    assert "all                                   56" in result.stdout
