"""Curves measured elsewhere. Lives here: files of this and of other tools in, one `Measurement` out; see readers.py.

::

    files . fields . result <- one module a format . assembly <- readers
"""

from __future__ import annotations

from curvefit.measurement.importers.readers import read_each, read_frame, read_scores

__all__ = ["read_each", "read_frame", "read_scores"]
