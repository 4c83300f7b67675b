"""The bench itself runs, on a small database and without looking at the figures."""

import json
import subprocess
import sys

from bench.ageing import SCENARIOS
from bench.measures import MEASURES, OURS
from dev.paths import ROOT


def test_every_measure_gives_figures(tmp_path):
    figures = tmp_path / "figures.json"
    result = subprocess.run(
        [sys.executable, "-m", "bench", "--size", "400", "--rounds", "1"]
        + ["--contacts", "500", "--scale", "400", "--scale-rounds", "1"]
        + ["--json", figures],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    summary = json.loads(figures.read_text())
    for name, measure in MEASURES.items():
        assert set(summary[name]) == set(measure.sides)
        for side in measure.sides:
            assert summary[name][side]["seconds"] > 0
            assert summary[name][side]["queries"] > 0
        assert measure.label.format(items=summary[name][OURS]["items"]) in result.stdout
    assert summary["history"]["live_seconds"] > 0
    assert sum(summary["history"]["states"].values()) == 400
    for share in SCENARIOS:
        assert summary["ageing"][share]["ratio"] > 0
