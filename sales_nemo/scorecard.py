"""Closed records → what each answer was worth: points, and a chance of winning.

Plain Python: no database, no Odoo, no clock.
"""

NUMBER = (int, float)
QUALITY = ("auc", "brier", "log_loss")


def is_scorecard(value):
    """Whether this is what ``learn`` gives, to be stored and read again."""
    try:
        points = [one for found in value["points"].values() for one in found.values()]
        numbers = [*points, *value["means"].values(), value["intercept"]]
        numbers += [value[key] for key in ("slope", "stages", "gain", "gain_error")]
        numbers += [value["learnt"]["deals"], value["learnt"]["won"]]
        bands, quality = value["bands"], value["quality"]
        numbers += [least for _letter, least in bands]
        known = [quality["new"], quality["hand"], quality["base"]]
        for one in [*known, *filter(None, [quality["odoo"]])]:
            numbers += [one[key] for key in QUALITY]
            numbers += [b[k] for b in one["bins"] for k in ("n", "won", "predicted")]
        leasts = [least for _letter, least in bands]
        return (
            all(type(n) in NUMBER and -1e15 < n < 1e15 for n in numbers)
            and all(0 <= one <= 10 for one in points)
            and value["slope"] >= 0
            and 0 <= value["stages"] <= 1
            and type(value["learnt"]["date"]) is str
            and [letter for letter, _least in bands] == list("abcd"[: len(bands)])
            and 2 <= len(bands) <= 4
            and leasts == sorted(leasts, reverse=True)
            and leasts[-1] == 0
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
