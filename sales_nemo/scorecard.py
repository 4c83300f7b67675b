"""Closed records → what each answer was worth: points, and a chance of winning.

Plain Python: no database, no Odoo, no clock, nothing random. A logistic regression with
a ridge, none of whose coefficients is below zero, becomes whole points. How good these
are is told by records that they were not learnt from; those with the same answers are
left out together, unless one question tells all kinds of records apart: those left know
nothing of its other answers. What is not known earns no points; for the chance it
counts as the average of what was known, as ``chance.Card`` has it.
"""

from bisect import bisect
from collections import Counter
from hashlib import sha256
from itertools import chain, combinations, pairwise
from math import inf, log, sqrt
from typing import NamedTuple
from zlib import crc32

from .chance import to_chance
from .intervals import Z

MOST_POINTS, FOLDS, BINS, LETTERS = 10, 10, 10, "abcd"
# Won and lost records, and both together, from which on there is something to learn.
LEAST_OF_EACH, LEAST = 30, 100
QUALITIES = ("shown", "new", "hand", "base", "odoo")
# 99.5 % of a normal distribution lie below so many deviations; 97.5 % below Z.
Z_STRICT = 2.5758293035489004


class Question(NamedTuple):
    """A question of the profile as it stands.

    :param weight: percent of all points that its best answer earns now
    :param shares: of each answer that may earn something the share of the weight that
        it earns now, 0.0 … 1.0, in the order in which the answers are shown
    :param is_fixed: the shares stay, only the weight is learnt
    :param is_ordered: the answers are a scale
    """

    code: str
    weight: float
    shares: dict
    is_fixed: bool = False
    is_ordered: bool = False

    def get_columns(self):
        """What is learnt, as ``[(points that stand for it, {answer: how much})]``."""
        if self.is_fixed:
            return [(self.weight, self.shares)]
        worth = {key: self.weight * share for key, share in self.shares.items()}
        if len(worth) < 2:
            return [(points, {key: 1}) for key, points in worth.items()]
        if not self.is_ordered:
            least = min(worth.values())
            alone = [(points - least, {key: 1}) for key, points in worth.items()]
            # what it is worth to know it, whatever the answer; nobody weighed that
            return [(0.0, dict.fromkeys(worth, 1)), *alone]
        scale = list(worth)
        if worth[scale[0]] < worth[scale[-1]]:
            scale.reverse()
        steps = pairwise([*(worth[key] for key in scale), 0.0])
        return [
            (max(more - less, 0.0), dict.fromkeys(scale[:place], 1))
            for place, (more, less) in enumerate(steps, 1)
        ]


class Row(NamedTuple):
    """Records with the same answers: those of ``_get_cells`` among them, points now.

    All of them in one fold, unless a question tells all kinds of records apart.
    """

    answers: tuple
    cells: tuple
    hand: float
    count: int
    won: int
    fold: int


def learn(questions, history, progress=lambda share: None, moves=None, values=None):
    """What the history says the answers were worth.

    :param list[Question] questions: of the profile
    :param dict history: of each combination of answers, one a question and None where
        it was not known, how many records there were and how many of them were won
    :param progress: is told what share of the work is done
    :param dict moves: of ``(answers, log-odds of a stage)`` how many records came into
        such a stage, and how many of them were won
    :param dict values: of ``(answers, values that Odoo's scoring knows)`` the same
    :return: ``{"result": "learnt", "too_few" or "nothing_to_gain", "deals", "won"}``;
        unless there were too few, also ``"gain", "gain_error", "quality"``, all out of
        fold, and ``"points", "means", "intercept", "slope", "stages", "bands"``. Of the
        quality ``"new"`` and ``"hand"`` are what learnt and present points say,
        ``"shown"`` is the chance, unknown answers as their average, ``"odoo"`` what
        Odoo's scoring says, or None, ``"base"`` the same for all
    :rtype: dict
    """
    columns = [(i, *one) for i, q in enumerate(questions) for one in q.get_columns()]
    rows = _get_rows(questions, columns, history)
    n, won = sum(row.count for row in rows), sum(row.won for row in rows)
    found = {"result": "too_few", "deals": n, "won": won}
    # what is the same for all can't be told apart either
    if min(won, n - won) < LEAST_OF_EACH or n < LEAST or len(history) == 1:
        return found
    intercept, worth = guess = _fit(rows, columns)
    odds, scores, hand = _leave_out(questions, columns, rows, guess, progress)
    qualities = {
        "shown": _get_chances(odds),
        "new": _get_chances(scores),
        "hand": hand,
        "base": dict.fromkeys(rows, won / n),
    }
    gain, error = _compare(hand, qualities["new"])
    # weights that say nothing are no better than none
    more, spread = _compare(qualities["base"], qualities["new"])
    is_learnt = gain > Z * error and more > Z * spread
    points, scale = _round(questions, columns, worth, rows)
    told = {
        question.code: {key: points[i, key] for key in question.shares}
        for i, question in enumerate(questions)
    }
    # what is kept gets its chance from what those out of fold came to
    start, slope = calibrate((odds[row], row.count, row.won) for row in rows)
    return found | {
        "result": "learnt" if is_learnt else "nothing_to_gain",
        "gain": gain,
        "gain_error": error,
        "quality": {"odoo": values and measure(_score_naively(rows, values))}
        | {name: _measure_rows(chances) for name, chances in qualities.items()},
        "points": told,
        "means": dict(zip(told, _average(points, rows), strict=True)),
        "intercept": start + slope * intercept,
        "slope": slope / scale,
        "stages": _weigh_stages(
            {r.answers: start + slope * odds[r] for r in rows}, moves
        ),
        "bands": _find_bands(scores, intercept, scale, told),
    }


def _measure_rows(chances):
    return measure((chance, row.count, row.won) for row, chance in chances.items())


def _leave_out(questions, columns, rows, guess, progress):
    """What those say of each record that are not in its fold.

    :return: its log-odds by learnt points, where unknown answers count as their average
        and where they earn nothing, and its chance by the present ones
    """
    odds, scores, hand = {}, {}, {}
    for fold in range(FOLDS):
        others = [row for row in rows if row.fold != fold]
        start, fitted = _fit(others, columns, guess)
        points, scale = _round(questions, columns, fitted, others)
        means = _average(points, others)
        line = calibrate((row.hand, row.count, row.won) for row in others)
        for row in rows:
            if row.fold == fold:
                known = [points.get(place, 0) for place in enumerate(row.answers)]
                scores[row] = start + sum(known) / scale
                filled = zip(row.answers, known, means, strict=True)
                earned = (one if key else mean for key, one, mean in filled)
                odds[row] = start + sum(earned) / scale
                hand[row] = to_chance(line[0] + line[1] * row.hand)
        progress((fold + 1) / FOLDS)
    return odds, scores, hand


def _get_chances(odds):
    """Log-odds out of fold as chances: each fold has the slope that the others need,
    and the level of all, as the same rate for all has."""
    mean = sum(odds[row] * row.count for row in odds) / sum(row.count for row in odds)
    start, slope = calibrate((odds[row], row.count, row.won) for row in odds)
    lines = [
        calibrate((odds[row], row.count, row.won) for row in odds if row.fold != fold)
        for fold in range(FOLDS)
    ]
    level = start + slope * mean
    return {r: to_chance(level + lines[r.fold][1] * (odds[r] - mean)) for r in odds}


def _weigh_stages(odds, moves):
    """How much of a stage's log-odds counts beside the answers: the less, the more
    these tell alone who comes into it.

    :param dict odds: out of fold, by answers
    """
    ended = [(n - won, won) for n, won in (moves or {}).values()]
    if not ended or min(map(sum, zip(*ended, strict=True))) < LEAST_OF_EACH:
        return 1.0
    low, high = 0.0, 1.0
    for _try in range(10):
        share = (low + high) / 2
        more = sum(
            stage * (won - count * to_chance(odds[answers] + share * stage))
            for (answers, stage), (count, won) in moves.items()
        )
        low, high = (share, high) if more > 0 else (low, share)
    return round(high, 2)


def _score_naively(rows, values):
    """Chances out of fold by naive Bayes, as Odoo's scoring has it: triples."""
    told_apart = dict.fromkeys(row.answers for row in rows)
    folds = {answers: number % FOLDS for number, answers in enumerate(told_apart)}
    tables = [Counter() for _fold in range(FOLDS)]
    for (answers, known), (count, won) in values.items():
        for place in (*known, *(field for field, _value in known)):
            tables[folds[answers]][place, False] += count - won
            tables[folds[answers]][place, True] += won
    whole = sum(tables, Counter())

    def weigh(place, fold):
        (lost, won), (all_lost, all_won) = (
            [whole[one, k] - tables[fold][one, k] for k in (False, True)]
            for one in (place, place[0])
        )
        # of a rare tag Odoo takes nothing; what it never saw it counts as a tenth
        if lost + won < (50 if place[0] == "tag_id" else 1):
            return 0.0
        return log((won + 0.1) / (lost + 0.1) * (all_lost + 0.1) / (all_won + 0.1))

    n, won = sum(row.count for row in rows), sum(row.won for row in rows)
    for (answers, known), (count, good) in values.items():
        odds = log(won / (n - won)) + sum(weigh(one, folds[answers]) for one in known)
        yield to_chance(odds), count, good


def _get_cells(columns):
    """What each answer has of the columns, ``{(question, answer): [(column, much)]}``:
    of each question a record has one answer, but many columns."""
    cells = {}
    for place, (asked, _points, answers) in enumerate(columns):
        for key, much in answers.items():
            cells.setdefault((asked, key), []).append((place, much))
    return cells


def _deal(history):
    """Which records are left out together: ``[(answers, records, won, fold)]``."""
    # won ones are dealt evenly, and always alike
    order = {answers: crc32(repr(answers).encode()) for answers in history}
    dealt = sorted(
        history, key=lambda a: (2 * history[a][1] > history[a][0], order[a], repr(a))
    )
    if not any(len({*column}) == len(dealt) for column in zip(*dealt, strict=True)):
        return [(a, *history[a], number % FOLDS) for number, a in enumerate(dealt)]
    rows = []
    for answers in dealt:
        # by lot: were they dealt evenly, what is left would know who is left out
        lots = (sha256(repr((answers, n)).encode()) for n in range(history[answers][0]))
        folds = [lot.digest()[0] % FOLDS for lot in lots]
        won = Counter(folds[: history[answers][1]])
        drawn = sorted(Counter(folds).items())
        rows += [(answers, n, won[fold], fold) for fold, n in drawn]
    return rows


def _get_rows(questions, columns, history):
    cells = {cell: number for number, cell in enumerate(_get_cells(columns))}
    return [
        Row(
            answers,
            tuple(cells[one] for one in enumerate(answers) if one in cells),
            sum(
                q.weight * q.shares.get(key, 0)
                for q, key in zip(questions, answers, strict=True)
            ),
            *dealt,
        )
        for answers, *dealt in _deal(history)
    ]


def _average(points, rows):
    """Mean points of each question where its answer was known."""
    means = []
    for i, _answer in enumerate(rows[0].answers):
        known = [row for row in rows if row.answers[i]]
        earned = sum(row.count * points.get((i, row.answers[i]), 0) for row in known)
        means.append(earned / (sum(row.count for row in known) or 1))
    return means


def _fit(rows, columns, start=None):
    """Intercept and coefficients ≥ 0, shrunk towards what stands, scaled.

    :param tuple start: a guess of them
    """
    scale = calibrate((row.hand, row.count, row.won) for row in rows)[1]
    target = [scale * points for _asked, points, _answers in columns]
    cells = [*_get_cells(columns).values()]
    intercept, worth = start or (0.0, [0.0] * len(columns))
    # the less there is to learn each from, the more of what stands stays
    ridge = max(25 * len(columns) / sum(row.count for row in rows), 0.5)
    best = None
    for _try in range(50):
        loss, slopes, curve = _derive(rows, cells, intercept, worth)
        for c, wanted in enumerate(target):
            loss += ridge / 2 * (worth[c] - wanted) ** 2
            slopes[c] += ridge * (worth[c] - wanted)
            curve[c][c] += ridge
        if best and loss > best[0]:
            # that was too far: half of the way
            intercept = (intercept + best[1]) / 2
            worth = [(a + b) / 2 for a, b in zip(worth, best[2], strict=True)]
            continue
        best = loss, intercept, worth
        step, *steps = _solve(worth, slopes, curve)
        if max(map(abs, [step, *steps])) < 1e-3:
            break
        intercept += step
        worth = [one + more for one, more in zip(worth, steps, strict=True)]
    return best[1:]


def _derive(rows, cells, intercept, worth):
    """Log loss with its first and second derivatives, those by the intercept last."""
    last = len(cells)
    known = [sum(worth[c] * much for c, much in cell) for cell in cells]
    loss, slopes = 0.0, [0.0] * (last + 1)
    curve = [[0.0] * (last + 1) for _slope in slopes]
    for _answers, given, _hand, count, won, _fold in rows:
        chance = to_chance(intercept + sum([known[cell] for cell in given]))
        loss += _lose(chance, count, won)
        wrong, weight = count * chance - won, count * chance * (1 - chance)
        for place, cell in enumerate(both := (*given, last)):
            slopes[cell] += wrong
            line = curve[cell]
            for other in both[place:]:
                line[other] += weight
    # each pair was counted once
    for place, line in enumerate(curve):
        line[:place] = [curve[other][place] for other in range(place)]
    # by the answers so far: by the columns they are sums of these
    cells = [*cells, [(len(worth), 1)]]
    sums = [0.0] * (len(worth) + 1)
    squares = [[0.0] * len(sums) for _sum in sums]
    for cell, slope, line in zip(cells, slopes, curve, strict=True):
        part = [0.0] * len(sums)
        for other, weight in zip(cells, line, strict=True):
            for c, much in other if weight else ():
                part[c] += much * weight
        for c, much in cell:
            sums[c] += much * slope
            squares[c] = [a + much * b for a, b in zip(squares[c], part, strict=True)]
    return loss, sums, squares


def _solve(worth, slopes, curve):
    """Steps of the intercept and the coefficients to the minimum of a parabola."""
    *edge, corner = curve.pop()
    # the intercept follows from the others: without it they get there sooner
    lines = [
        [one - line[-1] * e / corner for one, e in zip(line, edge, strict=False)]
        for line in curve
    ]
    left = [
        slope - e * slopes[-1] / corner for slope, e in zip(slopes, edge, strict=False)
    ]
    steps = [0.0] * len(worth)
    for _try in range(100):
        most = 0.0
        for c, line in enumerate(lines):
            change = max(steps[c] - left[c] / line[c], -worth[c]) - steps[c]
            if abs(change) > 1e-9:
                steps[c] += change
                left = [
                    one + change * much for one, much in zip(left, line, strict=True)
                ]
                most = max(most, abs(change))
        if most < 1e-4:
            break
    return -(
        slopes[-1] + sum(e * d for e, d in zip(edge, steps, strict=True))
    ) / corner, *steps


def _round(questions, columns, worth, rows):
    """Whole points by question and answer, and how many of them a log-odds is."""
    odds, seen = Counter(), Counter()
    for (asked, _points, answers), coefficient in zip(columns, worth, strict=True):
        for key, much in answers.items():
            odds[asked, key] += coefficient * much
    for row in rows:
        for place in enumerate(row.answers):
            seen[place] += row.count

    def to_points(scale):
        points = {}
        for (asked, key), one in odds.items():
            part = questions[asked].shares[key] if questions[asked].is_fixed else 1
            whole = part and min(round(one / part * scale), MOST_POINTS)
            points[asked, key] = whole * part
        return points

    def get_error(scale):
        points = to_points(scale)
        return sum(seen[p] * (odds[p] - points[p] / scale) ** 2 for p in odds)

    # a rare answer that stands out doesn't make the others alike
    enough = [one for one in odds.values() if one > max(odds.values()) / 5]
    scales = {MOST_POINTS / one for one in enough}
    scale = min(sorted(scales), key=get_error, default=1.0)
    return to_points(scale), scale


# ------------------------------------------------------------ chances


def calibrate(triples):
    """The line from a number to the log-odds of winning; it never falls (Platt).

    :param triples: ``(number, records, of these won)``
    :return: intercept and slope
    :rtype: tuple[float, float]
    """
    triples = _merge(triples, 3)
    _x, n, won = map(sum, zip(*triples, strict=True))
    mean = sum(x * count for x, count, _won in triples) / n
    spread = sqrt(sum(count * (x - mean) ** 2 for x, count, _won in triples) / n)
    start, slope = log((won + 0.5) / (n - won + 0.5)), 0.0
    if spread < 1e-6:
        return start, slope
    flat = start
    for _try in range(50):
        # a little ridge, should the number separate won from lost
        g0, g1, h00, h01, h11 = 0.0, -0.01 * slope, 1e-9, 0.0, 0.01
        for x, count, good in triples:
            z = (x - mean) / spread
            chance = to_chance(start + slope * z)
            rest, weight = good - count * chance, count * chance * (1 - chance)
            g0, g1 = g0 + rest, g1 + rest * z
            h00, h01, h11 = h00 + weight, h01 + weight * z, h11 + weight * z * z
        area = h00 * h11 - h01 * h01
        steps = (h11 * g0 - h01 * g1) / area, (h00 * g1 - h01 * g0) / area
        start += min(max(steps[0], -1), 1)
        slope += min(max(steps[1], -1), 1)
        if max(map(abs, steps)) < 1e-8:
            break
    if slope <= 0:
        return flat, 0.0
    return start - slope * mean / spread, slope / spread


def _merge(triples, digits):
    """Triples as ``calibrate`` takes them, like numbers together, in their order."""
    sums = {}
    for x, count, won in triples:
        known = sums.get(round(x, digits), (0, 0))
        sums[round(x, digits)] = known[0] + count, known[1] + won
    return [(x, *sums[x]) for x in sorted(sums)]


def _lose(chance, count, won):
    return -won * log(chance) - (count - won) * log(1 - chance)


def _compare(old, new):
    """How much log loss a record has less on average, and the standard error."""
    n = sum(row.count for row in new)
    gains = {
        r: _lose(old[r], r.count, r.won) - _lose(new[r], r.count, r.won) for r in new
    }
    mean = sum(gains.values()) / n
    # records with the same answers say one thing
    squares = sum((gains[row] - mean * row.count) ** 2 for row in gains)
    return mean, sqrt(squares * len(gains) / (len(gains) - 1)) / n


def get_auc(triples):
    """Of a won and a lost record, how often the won one has the higher number."""
    triples, lost, pairs = _merge(triples, 9), 0, 0.0
    for _x, count, won in triples:
        pairs += won * (lost + (count - won) / 2)
        lost += count - won
    return pairs / (lost * sum(won for _x, _count, won in triples) or 1)


def measure(triples):
    """How good chances are: AUC, Brier, log loss, and ten bins of equal size.

    :param triples: ``(chance, records, of these won)``
    """
    triples = _merge(triples, 9)
    n, seen, brier, loss = sum(count for _x, count, _won in triples), 0, 0.0, 0.0
    bins = [{"n": 0, "won": 0, "predicted": 0.0} for _bin in range(BINS)]
    for chance, count, won in triples:
        brier += won * (1 - chance) ** 2 + (count - won) * chance**2
        loss += _lose(chance, count, won)
        found = bins[int(BINS * (seen + count / 2) / n)]
        for key, more in (("n", count), ("won", won), ("predicted", count * chance)):
            found[key] += more
        seen += count
    for found in bins:
        found["predicted"] /= found["n"] or 1
    auc = get_auc(triples)
    return {"auc": auc, "brier": brier / n, "log_loss": loss / n, "bins": bins}


def _find_bands(scores, intercept, scale, points):
    """Letters and the least percent of the points that earn them, the best first.

    Two at least; of those that differ beyond chance out of fold the ones that tell most
    of how records ended. Somebody earns each: out of fold there are numbers of points
    that nobody can have.
    """
    total = sum(max(found.values(), default=0) for found in points.values())
    learnt = points.values()
    levels = {
        sum(found.get(key, 0) for found, key in zip(learnt, row.answers, strict=True))
        for row in scores
    }
    # less than a point is no difference: folds differ by more
    earned = {r: round(scale * (scores[r] - intercept)) for r in scores}
    triples = _merge(
        ((min(max(earned[r], 0), total), r.count, r.won) for r in scores), 9
    )
    n, seen, cuts = sum(row.count for row in scores), (0, 0), []
    for one, count, won in triples:
        if seen[0] >= n * (len(cuts) + 1) / 20:
            cuts.append((one, seen))
        seen = seen[0] + count, seen[1] + won
    found = [(False, -inf, ())]
    for chosen in chain(*(combinations(cuts, number) for number in (1, 2, 3))):
        leasts = [one for one, _end in chosen]
        if len({bisect(leasts, level) for level in levels}) <= len(chosen):
            continue
        ends = [(0, 0), *(end for _one, end in chosen), seen]
        parts = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(ends)]
        apart = min(_tell_apart(low, high) for low, high in pairwise(parts))
        if apart > Z_STRICT:
            loss = sum(_lose((won + 0.5) / (n + 1), n, won) for n, won in parts)
            found.append((True, -loss, chosen))
        elif len(chosen) == 1:
            found.append((False, apart, chosen))
    *_rest, chosen = max(found)
    # rounded down: whoever has as much earns it
    leasts = [int(1000 * one / total) / 10 for one, _end in reversed(chosen)] or [50]
    return [[letter, one] for letter, one in zip(LETTERS, [*leasts, 0], strict=False)]


def _tell_apart(low, high):
    """By how many deviations the second of two won rates is higher."""
    n, won = low[0] + high[0], low[1] + high[1]
    if min(low[0], high[0]) < LEAST_OF_EACH or not 0 < won < n:
        return 0.0
    spread = won / n * (1 - won / n) * (1 / low[0] + 1 / high[0])
    return (high[1] / high[0] - low[1] / low[0]) / sqrt(spread)


def is_scorecard(value):
    """Whether a JSON is what the profile keeps of what ``learn`` found."""
    try:
        points = [one for earned in value["points"].values() for one in earned.values()]
        bands, learnt = value["bands"], value["learnt"]
        numbers = [*points, *value["means"].values(), learnt["deals"], learnt["won"]]
        numbers += [value[k] for k in ("intercept", "slope", "gain", "gain_error")]
        numbers += [value["stages"], *(least for _letter, least in bands)]
        kinds = {k: value["quality"][k] for k in QUALITIES}
        bins = []
        for one in filter(None, kinds.values()):
            numbers += [one[key] for key in ("auc", "brier", "log_loss")]
            bins += one["bins"]
        numbers += [b[k] for b in bins for k in ("n", "won", "predicted")]
        return (
            all(type(one) in (int, float) and abs(one) < 1e15 for one in numbers)
            and all(0 <= one <= MOST_POINTS for one in points)
            and all(0 <= b["won"] <= b["n"] for b in bins)
            and kinds["shown"]
            and kinds["new"]
            and value["slope"] >= 0
            and 0 <= value["stages"] <= 1
            and type(learnt["date"]) is str
            and "".join(letter for letter, _least in bands) in ("ab", "abc", "abcd")
            and all(more > less for (_a, more), (_b, less) in pairwise(bands))
            and bands[-1][1] == 0
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
