"""A loss as it goes by, in as few points as a chart can show."""

from __future__ import annotations

from gpt2core.serving.messages import Series

_MOST_POINTS = 240  # then two and two become one


class Curve:
    """Means of as many values as it takes to stay below `_MOST_POINTS`, each where its last value was."""

    def __init__(self) -> None:
        self._points: list[tuple[int, int, float, float]] = []  # step, tokens, seconds, sum of values
        self._per_point, self._in_last = 1, 0

    def add(self, step: int, tokens: int, seconds: float, value: float) -> None:
        if self._points and self._in_last < self._per_point:
            self._points[-1] = (step, tokens, seconds, self._points[-1][3] + value)
            self._in_last += 1
            return
        if len(self._points) == _MOST_POINTS:
            self._halve()
        self._points.append((step, tokens, seconds, value))
        self._in_last = 1

    def _halve(self) -> None:
        pairs = zip(self._points[::2], self._points[1::2], strict=True)
        self._points = [(*later[:3], earlier[3] + later[3]) for earlier, later in pairs]
        self._per_point *= 2

    def series(self) -> Series:
        full = len(self._points) - 1
        counts = [self._per_point] * full + [self._in_last]
        return {
            "steps": [point[0] for point in self._points],
            "tokens": [point[1] for point in self._points],
            "seconds": [round(point[2], 3) for point in self._points],
            "values": [round(p[3] / n, 5) for p, n in zip(self._points, counts, strict=False)],
        }

    def load(self, series: Series, n_values: int) -> None:
        """Goes on from what `series` gave after `n_values`."""
        self._points, self._per_point, self._in_last = [], 1, 0
        n = len(series["steps"])
        while n * self._per_point < n_values:
            self._per_point *= 2
        self._in_last = n_values - (n - 1) * self._per_point
        counts = [self._per_point] * (n - 1) + [self._in_last]
        self._points = [
            (step, tokens, seconds, value * count)
            for step, tokens, seconds, value, count in zip(
                series["steps"], series["tokens"], series["seconds"], series["values"], counts, strict=True
            )
        ]
