"""Where benchmarks read and write: this repository, its reports, and real data beside it.

Lives here: paths that more than one subject needs, and nothing else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
REPORTS: Final = ROOT / "reports"
DATA: Final = Path(os.environ.get("CURVEFIT_DATA", ROOT.parent / "shared" / "data"))
"""Real curves and tasks, which are not part of the project: ``curves/``, ``tasks/``."""
