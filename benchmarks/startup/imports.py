"""How long `import curvefit` and `curvefit --help` take, as ratios to what they are built on.

Run: python -m benchmarks.startup.imports    Goals: import under 2x numpy alone, --help under 3x click alone.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 21
PYTHON = sys.executable
CURVEFIT = str(Path(PYTHON).with_name("curvefit"))
PAIRS = {
    "import curvefit / import numpy": ([PYTHON, "-c", "import curvefit"], [PYTHON, "-c", "import numpy"], 2.0),
    "curvefit --help / import click": ([CURVEFIT, "--help"], [PYTHON, "-c", "import click"], 3.0),
}


def seconds(command: list[str]) -> float:
    """Wall time of one run of a command."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Time each pair in turn, A B A B, so that a drifting machine touches both alike."""
    for name, (ours, theirs, goal) in PAIRS.items():
        seconds(ours), seconds(theirs)
        timed = [(seconds(ours), seconds(theirs)) for _ in range(RUNS)]
        ratio = statistics.median(a / b for a, b in timed)
        a, b = (1000 * statistics.median(column) for column in zip(*timed, strict=True))
        print(f"{name}: {ratio:.2f}x ({a:.0f} ms / {b:.0f} ms, median of {RUNS} pairs; goal under {goal:.0f}x)")


if __name__ == "__main__":
    main()
