"""How a value shows itself, and is made of a table. Lives here: the way up, by name, to what does it.

Sentences, pictures and tables are made in ``report/`` alone, and tables are read in ``measurement/importers/``, which
both stand above the values; this is the one place from which something below reaches up, when a value is shown or made.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

__all__ = ["ErrorDisplay", "HtmlDisplay", "PlotDisplay", "TableDisplay", "measurement_of", "quoted"]

_LONGEST: Final = 52  # characters of a name


def quoted(*names: str) -> str:
    """Return names nobody vouches for as a `repr` begins with them: quoted and cut, without those that are empty."""
    shown = (repr(name) for name in names if name)
    return " on ".join(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 2]}…{name[-1]}" for name in shown)


def _notebook() -> Any:
    return import_module("curvefit.report.notebook")


def measurement_of(frame: Any, **choices: Any) -> Any:
    """Return what a table in memory holds."""
    return import_module("curvefit.measurement.importers").read_frame(frame, **choices)


class HtmlDisplay:
    """A value that a notebook shows as HTML."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(_notebook().as_html(self))


class PlotDisplay(HtmlDisplay):
    """One that can be drawn, too."""

    __slots__ = ()

    def plot(self, ax: Any = None) -> Any:
        """Draw it with matplotlib.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where; a new figure by default, which is ``.figure`` of what is returned. `matplotlib.pyplot` is left alone.
            On axes that are given there is no headline, bars and differences are named within, and there is a legend
            where it hides nothing; ``ax.set_title`` and ``ax.legend`` add what is wanted.

        Returns
        -------
        matplotlib Axes
            What was drawn on: examples in the prompt on a symlog axis that has 0, accuracy from 0 to 100%.

        Raises
        ------
        CurveError
            `ax` is no Axes.

        Examples
        --------
        >>> curve = cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)
        >>> curve.plot().get_ylabel()
        'accuracy'
        """
        return _notebook().draw(self, ax)


class ErrorDisplay(HtmlDisplay):
    """One whose model's mistakes can be read, too."""

    __slots__ = ()

    def errors(self, task: Any = None) -> Any:
        """Return what the prompt to use gets wrong, and why, as `curvefit errors` shows it; nothing is asked.

        Parameters
        ----------
        task : Task or path, optional
            The study's task, where it was made in memory, has moved or is judged by code; by default where it was
            read.

        Returns
        -------
        Failures
            A notebook shows it; it has ``to_frame()``, and ``failures``, a tuple.

        Raises
        ------
        InputError
            No journal of the study is known: it was measured without one, or read from a folder that has none. Or the
            task is gone, or has changed since.

        Examples
        --------
        >>> task, model = cf.load_task("sample_tasks/tickets"), cf.resolve("simulated/rising")
        >>> journal = f"{tempfile.mkdtemp()}/journal.sqlite"
        >>> study = cf.analyze(cf.measure(task, cf.Design(shots=(0, 4), draws=2, items=20), model, journal=journal))
        >>> study.errors().items
        20
        """
        return _notebook().errors(self, task)


class TableDisplay(HtmlDisplay):
    """One that is a table, too."""

    __slots__ = ()

    def to_frame(self) -> Any:
        """Return it as a pandas DataFrame: one row a number of shots, a candidate, a missed item or a pair.

        Of a curve or a forecast the columns are ``shots``, ``accuracy`` and the ends of its interval, ``low`` and
        ``high``; of what was measured also ``n_items`` and ``n_draws``.

        Raises
        ------
        CurvefitError
            pandas is not installed; it is no dependency of this package.
        """
        return self._frame()

    def _frame(self, **options: Any) -> Any:
        return _notebook().frame(self, **options)
