"""What closed records teach, where the figures can be had by hand."""

import random
from hashlib import sha256
from itertools import combinations, pairwise
from math import log
from zlib import crc32

import numpy
import pytest
from plain import scorecard
from plain.chance import to_chance

COLOURS = tuple("abcdefghijkl")


def make_history(odds, number=20):
    """As many records of each answer as told, won as often as its log-odds say, with
    each of twelve colours that say nothing."""
    return {
        (answer, colour): (number, round(number * to_chance(one)))
        for answer, one in odds.items()
        for colour in COLOURS
    }


def ask(shares, **options):
    """A question that all weight is on, and one about colours."""
    colours = dict.fromkeys(COLOURS, 0.0)
    return [
        scorecard.Question("size", 100, shares, **options),
        scorecard.Question("colour", 0, colours),
    ]


# ------------------------------------------------------------ lines


@pytest.mark.parametrize("line", [(-1.0, 0.5), (0.3, 2.0), (2.0, 0.1), (-3.0, 1.0)])
@pytest.mark.parametrize("unit", [1.0, 0.003])
def test_a_line_is_found_again(line, unit):
    start, slope = line
    triples = [
        (unit * x, count, count * to_chance(start + slope * x))
        for x, count in ((-2, 900), (-1, 100), (0, 500), (2, 2000), (3, 40))
    ]
    found = scorecard.calibrate(triples)
    assert found == pytest.approx((start, slope / unit), rel=1e-3, abs=1e-3)


def test_numbers_that_are_alike_count_together():
    apart = [(0.0, 30, 5), (1.0, 30, 10), (1.0004, 10, 9), (0.0, 7, 0)]
    together = [(0.0, 37, 5), (1.0, 40, 19)]
    assert scorecard.calibrate(apart) == scorecard.calibrate(together)


def test_without_a_difference_all_have_the_same_chance():
    flat = (pytest.approx(log(40.5 / 60.5)), 0.0)
    assert scorecard.calibrate([(0.7, 100, 40)]) == flat
    # a line never falls
    assert scorecard.calibrate([(0.0, 50, 30), (1.0, 50, 10)]) == flat
    assert scorecard.calibrate([(0.0, 50, 20), (1.0, 50, 20)])[1] == 0


def test_what_tells_won_from_lost_is_trusted_within_reason():
    for lost, won in ((0.0, 1.0), (-5.0, 20.0)):
        start, slope = scorecard.calibrate([(lost, 50, 0), (won, 50, 50)])
        assert 5 < start + slope * won < 10
        assert -10 < start + slope * lost < -5


@pytest.mark.parametrize("won", [(0, 3, 40), (1, 3, 20), (0, 0, 40)])
def test_a_line_has_a_hundredth_of_ridge(won):
    x, n = (50.0, 51.0, 57.0), (30, 4, 40)
    found = scorecard.calibrate(zip(x, n, won, strict=True))
    again = draw_line(*(numpy.array(one, float) for one in (x, n, won)))
    assert found == pytest.approx(again, rel=1e-5)


# ------------------------------------------------------------ quality


def test_quality():
    found = scorecard.measure([(0.5, 10, 5), (0.9, 20, 19), (0.2, 4, 1), (0.2, 6, 0)])
    assert found["auc"] == pytest.approx(0.9)
    assert found["brier"] == pytest.approx(0.1125)
    loss = log(0.2) + 9 * log(0.8) + 10 * log(0.5) + 19 * log(0.9) + log(0.1)
    assert found["log_loss"] == pytest.approx(-loss / 40)
    assert {n: one for n, one in enumerate(found["bins"]) if one["n"]} == {
        1: {"n": 10, "won": 1, "predicted": pytest.approx(0.2)},
        3: {"n": 10, "won": 5, "predicted": pytest.approx(0.5)},
        7: {"n": 20, "won": 19, "predicted": pytest.approx(0.9)},
    }


def test_chances_are_alike_up_to_nine_digits():
    near, far = ([(0.5, 10, 0), (0.5 + more, 10, 10)] for more in (4e-10, 4e-9))
    assert scorecard.get_auc(near) == 0.5
    assert scorecard.get_auc(far) == 1.0
    assert [one["n"] for one in scorecard.measure(near)["bins"] if one["n"]] == [20]
    assert [one["n"] for one in scorecard.measure(far)["bins"] if one["n"]] == [10, 10]


def test_without_pairs_nothing_is_told_apart():
    assert scorecard.get_auc([(0.5, 10, 10)]) == 0


def test_bins_hold_as_many_each():
    triples = [(number / 100, 1, number % 2) for number in range(1, 41)]
    bins = scorecard.measure(triples[::-1])["bins"]
    assert [(one["n"], one["won"]) for one in bins] == [(4, 2)] * 10
    assert bins[0]["predicted"] == pytest.approx(0.025)
    assert bins[9]["predicted"] == pytest.approx(0.385)


def test_the_same_for_all_is_what_the_others_are_compared_with():
    history = make_history({"large": 1.5, "small": -1.5})
    found = scorecard.learn(ask({"large": 0.0, "small": 1.0}), history)
    won = found["won"] / found["deals"]
    base, new = found["quality"]["base"], found["quality"]["new"]
    assert base["brier"] == pytest.approx(won * (1 - won))
    assert base["log_loss"] == pytest.approx(-won * log(won) - (1 - won) * log(1 - won))
    # weights that are the wrong way round say nothing: the gain is that over the base
    assert found["gain"] == pytest.approx(base["log_loss"] - new["log_loss"], abs=0.02)
    assert found["result"] == "learnt"


# ------------------------------------------------------------ enough, and too few


@pytest.mark.parametrize(
    ("won", "lost", "is_enough"),
    [
        *((30, 70, True), (70, 30, True), (50, 50, True), (30, 200, True)),
        *((29, 200, False), (200, 29, False), (50, 49, False), (0, 0, False)),
    ],
)
def test_a_hundred_records_with_thirty_of_each_are_enough(won, lost, is_enough):
    history = {("large", "a"): (won, won), ("small", "b"): (lost, 0)}
    found = scorecard.learn(ask({"large": 1.0, "small": 0.0}), history)
    assert (found["result"] != "too_few") == is_enough
    assert (found["deals"], found["won"]) == (won + lost, won)


# ------------------------------------------------------------ points


SIZES = {"large": 1.0, "medium": 0.5, "small": 0.0}


@pytest.mark.parametrize("options", [{}, {"is_fixed": True}, {"is_ordered": True}])
@pytest.mark.parametrize("shares", [SIZES, dict(reversed(SIZES.items()))])
def test_what_nobody_knew_keeps_its_weight(shares, options):
    """The budget is worth its half of the points, so the size is worth its half."""
    questions = [
        scorecard.Question("budget", 5, {"met": 1.0}),
        scorecard.Question("size", 5, shares, **options),
        *ask({})[1:],
    ]
    history = {
        (budget, None, colour): counts
        for (budget, colour), counts in make_history(
            {"met": 1.4, "not_met": -1}
        ).items()
    }
    points = scorecard.learn(questions, history)["points"]
    assert points["budget"] == {"met": 10}
    assert points["size"]["large"] == pytest.approx(10, abs=1)
    assert points["size"]["medium"] == pytest.approx(points["size"]["large"] / 2, abs=1)
    assert points["size"]["small"] == 0


def test_the_worst_of_a_scale_that_nobody_knew_keeps_its_weight():
    questions = [
        scorecard.Question("budget", 5, {"met": 1.0}),
        scorecard.Question("size", 5, {"large": 1, "small": 0.6}, is_ordered=True),
    ]
    history = {("met", None): (200, 150), ("not_met", None): (200, 50)}
    points = scorecard.learn(questions, history)["points"]
    assert points == {"budget": {"met": 10}, "size": {"large": 10, "small": 6}}


@pytest.mark.parametrize(("weight", "points"), [(22, 10), (18, 2)])
def test_what_nobody_earns_makes_others_alike_up_to_a_fifth(weight, points):
    questions = [
        scorecard.Question("budget", 100, {"met": 1.0}),
        scorecard.Question("size", weight, {"large": 1.0}),
    ]
    history = {(None, "large"): (200, 120), (None, None): (200, 80)}
    found = scorecard.learn(questions, history)
    assert found["points"] == {"budget": {"met": 10}, "size": {"large": points}}


def test_where_a_scale_falls_now_the_better_answer_stands_for_nothing():
    shares = {"large": 0.0, "medium": 1.0, "small": 0.0}
    questions = [scorecard.Question("size", 1, shares, is_ordered=True)]
    history = {("large",): (20, 15), ("medium",): (100, 60), ("small",): (100, 20)}
    found = scorecard.learn(questions, history | {(None,): (50, 10)})
    # it would be eight if the first step were shrunk to less than none
    assert found["points"] == {"size": {"large": 10, "medium": 7, "small": 0}}


@pytest.mark.parametrize("options", [{}, {"is_ordered": True}])
def test_points_say_how_often_records_were_won(options):
    odds = {"large": 1.1, "medium": 0.0, "small": -1.1}
    found = scorecard.learn(ask(SIZES, **options), make_history(odds, 400))
    points = found["points"]["size"]
    assert points["large"] == 10
    assert points["medium"] == 5
    for answer, one in odds.items():
        told = found["intercept"] + found["slope"] * points[answer]
        assert told == pytest.approx(one, abs=0.1)


# ------------------------------------------------------------ letters


def get_letters(found, shares):
    """The letter of each answer."""
    total = sum(max(earned.values()) for earned in found["points"].values())
    return "".join(
        next(
            letter
            for letter, least in found["bands"]
            if 100 * found["points"]["size"][answer] / total >= least
        )
        for answer in shares
    )


@pytest.mark.parametrize(
    ("odds", "letters"),
    [
        ((2.2, 0.7, -0.7, -2.2), "abcd"),
        ((1.4, 1.4, -1.4, -1.4), "aabb"),
        ((2.0, -2.0, -2.0, -2.0), "abbb"),
        ((2.0, 2.0, 2.0, -2.0), "aaab"),
        ((2.0, 2.0, 1.0, -2.0), "aabc"),
    ],
)
def test_letters_are_as_many_as_differ(odds, letters):
    shares = {"huge": 1, "large": 0.7, "medium": 0.3, "small": 0}
    history = make_history(dict(zip(shares, odds, strict=True)), 40)
    found = scorecard.learn(ask(shares), history)
    assert get_letters(found, shares) == letters
    # and each of them is earned by somebody
    assert [letter for letter, _least in found["bands"]] == sorted(set(letters))


@pytest.mark.parametrize(
    ("small", "medium", "large", "letters"),
    [
        # 2.62 deviations apart, of thirty records and a twentieth of all
        ((30, 3), (270, 90), (300, 240), "abc"),
        # 2.24
        ((30, 4), (270, 90), (300, 240), "ab"),
        # less than a twentieth
        ((30, 2), (290, 100), (300, 240), "ab"),
        # less than thirty
        ((29, 2), (270, 90), (270, 240), "ab"),
        # the second letter below a tenth
        ((60, 2), (40, 15), (1100, 900), "ab"),
        ((60, 2), (60, 22), (1080, 900), "abc"),
        # none of two letters were won, and one of two
        ((60, 0), (60, 0), (300, 240), "ab"),
        ((600, 0), (40, 1), (200, 150), "abc"),
    ],
)
def test_a_letter_needs_enough_records(small, medium, large, letters):
    history = {
        (size, str(i)): (n // 10 + (i < n % 10), won // 10 + (i < won % 10))
        for size, (n, won) in (("small", small), ("medium", medium), ("large", large))
        for i in range(10)
    }
    size, _colour = ask(SIZES, is_fixed=True)
    questions = [size, scorecard.Question("other", 0, {})]
    bands = scorecard.learn(questions, history)["bands"]
    assert "".join(letter for letter, _least in bands) == letters


def test_letters_part_what_differs_most():
    """Not the few points between: who doesn't fit is not with half of those who do."""
    won = {("met", "met"): 620, ("met", "not_met"): 580}
    won |= {("not_met", "met"): 200, ("not_met", "not_met"): 190}
    questions = [
        scorecard.Question(code, weight, {"met": 1.0})
        for code, weight in (("fits", 5), ("asked", 35), ("other", 60))
    ]
    history = {
        (*answers, other): (1000, number)
        for answers, number in won.items()
        for other in ("met", "not_met")
    }
    found = scorecard.learn(questions, history)
    fits, asked = (found["points"][code]["met"] for code in ("fits", "asked"))
    total = fits + asked + found["points"]["other"]["met"]
    assert fits > asked > 0
    leasts = [least * total / 100 for _letter, least in found["bands"]]
    assert any(asked < least <= fits for least in leasts)


def test_a_question_that_earns_nothing_changes_no_letter():
    history = make_history({"large": 2.0, "medium": 0.0, "small": -2.0})
    bands = scorecard.learn(ask(SIZES), history)["bands"]
    more = {(*answers, None): one for answers, one in history.items()}
    questions = [*ask(SIZES), scorecard.Question("other", 0, {})]
    assert scorecard.learn(questions, more)["bands"] == bands


# ------------------------------------------------------------ stages, Odoo's scoring


@pytest.mark.parametrize(
    ("moves", "share"),
    [
        # thirty of each are enough to say less than all of it
        ((1.0, 60, 30), 0.0),
        ((1.0, 59, 30), 1.0),
        ((1.0, 129, 100), 1.0),
        # nor is it ever more
        ((0.5, 200, 165), 1.0),
        # a stage that says nothing
        ((0.0, 200, 100), 0.0),
    ],
)
def test_of_a_stage_all_counts_at_most(moves, share):
    history = make_history({"large": 0.0, "small": 0.0})
    stage, *counts = moves
    found = scorecard.learn(
        ask({"large": 1.0, "small": 0.0}),
        history,
        moves={(("large", "a"), stage): tuple(counts)},
    )
    assert found["stages"] == share


@pytest.mark.parametrize(("number", "is_rare"), [(50, False), (49, True)])
def test_a_tag_of_fifty_records_is_not_rare(number, is_rare):
    history = {(key,): (number, 40 - 9 * i) for i, key in enumerate("abcd")}
    # those of each tag are in two folds
    values = {
        (key, (("tag_id", key > ("b",)),)): counts for key, counts in history.items()
    }
    found = scorecard.learn(
        [scorecard.Question("colour", 100, {"a": 1.0})], history, values=values
    )
    rate = 106 / (4 * number)
    naive = found["quality"]["odoo"]
    base = rate * (1 - rate)
    assert (naive["brier"] == pytest.approx(base)) == is_rare


# ------------------------------------------------------------ what is kept


QUALITY = {
    "auc": 0.7,
    "brier": 0.2,
    "log_loss": 0.6,
    "bins": [{"n": 10, "won": 4, "predicted": 0.4}],
}
BETTER_THAN_ALL = {"n": 10, "won": 11, "predicted": 0.4}
KEPT = {
    "points": {"budget": {"met": 10}, "size": {"large": 5, "small": 0}},
    "means": {"budget": 1.5, "size": 0.5},
    "intercept": -1.0,
    "slope": 0.5,
    "stages": 1.0,
    "bands": [["a", 60], ["b", 0]],
    "learnt": {"date": "2026-11-30", "deals": 200, "won": 80},
    "quality": {
        **dict.fromkeys(("shown", "new", "hand", "base"), QUALITY),
        "odoo": None,
    },
    "gain": 0.1,
    "gain_error": 0.02,
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"points": {}, "means": {}},
        {"means": {"budget": 999999999999999.5}},
        {"slope": 0, "stages": 0},
        {"bands": [["a", 70], ["b", 40.5], ["c", 0]]},
        {"quality": KEPT["quality"] | {"odoo": QUALITY, "hand": None}},
    ],
)
def test_what_was_learnt_is_kept(change):
    assert scorecard.is_scorecard(KEPT | change)


@pytest.mark.parametrize(
    "change",
    [
        {"points": {"budget": {"met": 11}}},
        {"points": {"budget": {"met": -1}}},
        {"points": {"budget": 10}},
        {"means": {"budget": 1e15}},
        {"means": {"budget": True}},
        {"intercept": "1"},
        {"slope": -0.1},
        {"stages": -0.1},
        {"stages": 1.1},
        {"gain": float("nan")},
        {"bands": [["a", 0]]},
        {"bands": [["b", 60], ["a", 0]]},
        {"bands": [["a", 60], ["b", 60], ["c", 0]]},
        {"bands": [["a", 60], ["b", 10]]},
        {"learnt": {"date": 20261130, "deals": 200, "won": 80}},
        {"learnt": {"date": "2026-11-30", "deals": None, "won": 80}},
        {"quality": KEPT["quality"] | {"new": None}},
        {"quality": {"new": QUALITY}},
        {"quality": KEPT["quality"] | {"hand": QUALITY | {"auc": "high"}}},
        {"quality": KEPT["quality"] | {"hand": QUALITY | {"bins": [{"n": 1}]}}},
        {"quality": KEPT["quality"] | {"shown": QUALITY | {"bins": [BETTER_THAN_ALL]}}},
    ],
)
def test_what_nobody_learnt_is_not(change):
    assert not scorecard.is_scorecard(KEPT | change)


@pytest.mark.parametrize("value", [None, 5, [], {}, "points"])
def test_what_is_no_scorecard_at_all_is_not_kept(value):
    assert scorecard.is_scorecard(value) is False


# ------------------------------------------------------------ once more, by numpy


def draw_lots(answers, n, won):
    """Records of a kind in the folds that each of them draws."""
    lots = [sha256(repr((answers, one)).encode()).digest()[0] % 10 for one in range(n)]
    return [(answers, lots.count(x), lots[:won].count(x), x) for x in sorted({*lots})]


class Again:
    """What ``learn`` says of how it learns, in numpy and without any of its shortcuts.

    :param questions: as ``learn`` takes them
    :param history: the same
    """

    def __init__(self, questions, history):
        self.questions = questions
        dealt = sorted(history, key=self.get_order(history))
        rows = [(one, *history[one], place % 10) for place, one in enumerate(dealt)]
        if len(dealt) in [len({*column}) for column in zip(*dealt, strict=True)]:
            rows = [one for row in rows for one in draw_lots(*row[:3])]
        dealt, n, won, folds = zip(*rows, strict=True)
        self.answers, self.folds = dealt, numpy.array(folds)
        self.n, self.won = numpy.array(n, float), numpy.array(won, float)
        self.columns = [
            (i, points, much)
            for i, question in enumerate(questions)
            for points, much in split(question)
        ]
        self.has = numpy.array(
            [
                [much.get(answers[i], 0) for i, _points, much in self.columns]
                for answers in dealt
            ],
            float,
        ).reshape(len(dealt), len(self.columns))
        self.hand = numpy.array(
            [
                sum(
                    q.weight * q.shares.get(key, 0)
                    for q, key in zip(questions, answers, strict=True)
                )
                for answers in dealt
            ]
        )
        everybody = self.n > 0
        self.start, worth = self.fit(everybody)
        self.scale, self.points = self.round(worth, everybody)
        self.told = {
            q.code: {key: self.points.get((i, key), 0) for key in q.shares}
            for i, q in enumerate(questions)
        }
        self.scores, self.odds, hand = self.leave_out()
        self.line = draw_line(self.odds, self.n, self.won)
        self.qualities = {
            "new": self.get_chances(self.scores),
            "shown": self.get_chances(self.odds),
            "hand": 1 / (1 + numpy.exp(-hand)),
            "base": numpy.full(len(hand), self.won.sum() / self.n.sum()),
        }

    @staticmethod
    def get_order(history):
        def order(answers):
            count, won = history[answers]
            return won / count > 0.5, crc32(repr(answers).encode())

        return order

    def fit(self, own):
        """Intercept and coefficients of these records."""
        n, won = self.n[own], self.won[own]
        scale = draw_line(self.hand[own], n, won)[1]
        target = [0, *(scale * points for _i, points, _much in self.columns)]
        ridge = max(25 * len(self.columns) / n.sum(), 0.5)
        x = numpy.column_stack([numpy.ones(own.sum()), self.has[own]])
        least = [-numpy.inf] + [0] * len(self.columns)
        ridges = [0] + [ridge] * len(self.columns)
        start, *worth = minimise(x, n, won, ridges, target, least)
        return start, worth

    def round(self, worth, own):
        """Whole points of each answer, and how many of them a log-odds is."""
        odds, seen = {}, {}
        for (i, _points, much), one in zip(self.columns, worth, strict=True):
            for key, part in much.items():
                odds[i, key] = odds.get((i, key), 0) + one * part
                is_it = numpy.array([a[i] == key for a in self.answers])
                seen[i, key] = self.n[own & is_it].sum()
        tried = []
        best = max(odds.values(), default=0)
        for scale in sorted({10 / one for one in odds.values() if one > best / 5}):
            points = {}
            for (i, key), one in odds.items():
                question = self.questions[i]
                part = question.shares[key] if question.is_fixed else 1
                points[i, key] = part and part * min(round(one / part * scale), 10)
            error = sum(seen[p] * (odds[p] - points[p] / scale) ** 2 for p in odds)
            tried.append((error, scale, points))
        return min(tried, key=lambda one: one[:2])[1:] if tried else (1, {})

    def average(self, points, own):
        """Mean points of each question where its answer was known."""
        means = []
        for i in range(len(self.questions)):
            known = own & numpy.array([bool(a[i]) for a in self.answers])
            earned = self.earn(points, [0] * len(self.questions))[:, i]
            means.append(self.weigh(earned, known) if known.any() else 0)
        return means

    def earn(self, points, means):
        return numpy.array(
            [
                [
                    points.get((i, key), 0) if key else means[i]
                    for i, key in enumerate(a)
                ]
                for a in self.answers
            ],
            float,
        )

    def weigh(self, values, own=slice(None)):
        return (values * self.n)[own].sum() / self.n[own].sum()

    def leave_out(self):
        """Log-odds of all by those of other folds: learnt, with averages, by hand."""
        scores, odds, hand = numpy.zeros((3, len(self.n)))
        for fold in range(10):
            other, own = self.folds != fold, self.folds == fold
            start, worth = self.fit(other)
            scale, points = self.round(worth, other)
            nothing = [0] * len(self.questions)
            means = self.average(points, other)
            scores[own] = start + self.earn(points, nothing)[own].sum(1) / scale
            odds[own] = start + self.earn(points, means)[own].sum(1) / scale
            line = draw_line(self.hand[other], self.n[other], self.won[other])
            hand[own] = line[0] + line[1] * self.hand[own]
        return scores, odds, hand

    def get_chances(self, odds):
        """Each fold has the slope that others need, and the level of all."""
        mean = self.weigh(odds)
        start, slope = draw_line(odds, self.n, self.won)
        turned = numpy.zeros(len(odds))
        for fold in range(10):
            other, own = self.folds != fold, self.folds == fold
            line = draw_line(odds[other], self.n[other], self.won[other])
            turned[own] = start + slope * mean + line[1] * (odds[own] - mean)
        return 1 / (1 + numpy.exp(-turned))

    def lose(self, chances):
        won, lost = self.won * numpy.log(chances), (self.n - self.won)
        return -won - lost * numpy.log(1 - chances)

    def compare(self, old, new):
        """Log loss that a record has less, and the error of it, by cluster."""
        gains = self.lose(old) - self.lose(new)
        mean = gains.sum() / self.n.sum()
        # the rest is 0 on average, so this is its variance among clusters
        rest = numpy.sqrt(len(gains)) * (gains - mean * self.n).std(ddof=1)
        return mean, rest / self.n.sum()

    def share_stages(self, odds, moves):
        """Of how much of a stage's log-odds the loss of those in it is least."""
        last = {answers: place for place, answers in enumerate(self.answers)}
        places = [last[answers] for answers, _stage in moves]
        stage = numpy.array([stage for _answers, stage in moves])
        n, won = numpy.array(list(moves.values()), float).T
        if min(won.sum(), (n - won).sum()) < 30:
            return 1
        shares = numpy.arange(0, 1.0001, 0.001)
        odds = odds[places][:, None] + stage[:, None] * shares
        loss = n[:, None] * numpy.logaddexp(0, odds) - won[:, None] * odds
        return shares[loss.sum(0).argmin()]

    def score_naively(self, values):
        """Naive Bayes by the records of other folds."""
        kinds = dict.fromkeys(self.answers)
        folds = {answers: place % 10 for place, answers in enumerate(kinds)}
        for (answers, known), (n, won) in values.items():
            others = [
                (dict(has), count, good)
                for (other, has), (count, good) in values.items()
                if folds[other] != folds[answers]
            ]
            odds = log(self.won.sum() / (self.n.sum() - self.won.sum()))
            for field, value in known:
                alike = [o for o in others if o[0].get(field) == value]
                asked = [o for o in others if field in o[0]]
                if sum(o[1] for o in alike) >= (50 if field == "tag_id" else 1):
                    good, bad, all_good, all_bad = (
                        0.1 + sum(o[2] if is_won else o[1] - o[2] for o in some)
                        for some in (alike, asked)
                        for is_won in (True, False)
                    )
                    odds += log(good / bad) - log(all_good / all_bad)
            yield to_chance(odds), n, won


def split(question):
    """Columns of a question: points, and what each answer has of them."""
    worth = {key: question.weight * one for key, one in question.shares.items()}
    keys = list(worth)
    if question.is_fixed:
        return [(question.weight, question.shares)]
    if len(keys) < 2:
        return [(worth[key], {key: 1}) for key in keys]
    if question.is_ordered:
        keys = keys if worth[keys[0]] >= worth[keys[-1]] else keys[::-1]
        less = [*(worth[key] for key in keys[1:]), 0]
        return [
            (max(worth[key] - less[i], 0), dict.fromkeys(keys[: i + 1], 1))
            for i, key in enumerate(keys)
        ]
    above = [(worth[key] - min(worth.values()), {key: 1}) for key in keys]
    return [(0, dict.fromkeys(keys, 1)), *above]


def minimise(x, n, won, ridge, target, least):
    """Least log loss with a ridge, no coefficient below what is told: Newton's method
    among those that aren't held there, no step longer than helps."""
    ridge, target, least = map(numpy.array, (ridge, target, least))

    def get_loss(worth):
        odds = x @ worth
        loss = n @ numpy.logaddexp(0, odds) - won @ odds
        return loss + (ridge * (worth - target) ** 2).sum() / 2

    worth = numpy.zeros(x.shape[1])
    for _step in range(200):
        chances = 1 / (1 + numpy.exp(-x @ worth))
        slope = x.T @ (n * chances - won) + ridge * (worth - target)
        free = (worth > least) | (slope < 0)
        if abs(slope[free]).max() < 1e-9:
            break
        curve = (x.T * (n * chances * (1 - chances))) @ x + numpy.diag(ridge)
        step = numpy.zeros(len(worth))
        step[free] = numpy.linalg.solve(curve[free][:, free], slope[free])
        for part in 0.5 ** numpy.arange(40):
            further = numpy.maximum(worth - part * step, least)
            if get_loss(further) < get_loss(worth):
                break
        else:
            break
        worth = further
    return worth


def draw_line(x, n, won):
    """Intercept and slope of Platt's line, a hundredth of ridge on the spread."""
    x = numpy.round(x, 3)
    mean = (x * n).sum() / n.sum()
    spread = ((x - mean) ** 2 @ n / n.sum()) ** 0.5
    if spread > 1e-6:
        z = numpy.column_stack([numpy.ones(len(x)), (x - mean) / spread])
        free = [-numpy.inf] * 2
        start, slope = minimise(z, n, won, [0, 0.01], [0, 0], free)
        if slope > 0:
            return start - slope * mean / spread, slope / spread
    return log((won.sum() + 0.5) / (n.sum() - won.sum() + 0.5)), 0


def find_bands(earned, n, won, total, levels):
    """Letters by that choice of cuts which leaves least of how it ended unexplained.

    :param levels: what somebody earns: each letter is somebody's
    """
    cuts = []
    for one in sorted(set(earned)):
        if n[earned < one].sum() >= n.sum() * (len(cuts) + 1) / 20:
            cuts.append(one)

    def get_difference(chosen):
        ends, apart = [-1, *chosen, total + 1], []
        parts = [
            (n[own].sum(), won[own].sum())
            for a, b in pairwise(ends)
            for own in [(earned >= a) & (earned < b)]
        ]
        for (n1, won1), (n2, won2) in pairwise(parts):
            rate = (won1 + won2) / (n1 + n2)
            if min(n1, n2) < 30 or rate in (0, 1):
                apart.append(0)
            else:
                error = (rate * (1 - rate) * (1 / n1 + 1 / n2)) ** 0.5
                apart.append((won2 / n2 - won1 / n1) / error)
        rates = [(won_ + 0.5) / (n_ + 1) for n_, won_ in parts]
        loss = sum(
            -won_ * log(rate) - (n_ - won_) * log(1 - rate)
            for (n_, won_), rate in zip(parts, rates, strict=True)
        )
        return min(apart), -loss, chosen

    def is_earned(chosen):
        ends = pairwise([0, *chosen, numpy.inf])
        return all(any(a <= one < b for one in levels) for a, b in ends)

    choices = [
        get_difference(chosen)
        for number in (1, 2, 3)
        for chosen in combinations(cuts, number)
        if is_earned(chosen)
    ]
    # of two that don't differ beyond chance those that do most
    differing = [one[1:] for one in choices if one[0] > 2.5758]
    weak = [(apart, c) for apart, _loss, c in choices if len(c) == 1]
    best = max(differing or weak, default=(0, ()))
    leasts = [100 * one / total for one in best[1][::-1]] or [50]
    return list(map(list, zip("abcd", [*leasts, 0], strict=False)))


def make_case(seed):
    """Questions of all kinds, a history, moves and values."""
    rng = random.Random(seed)
    questions, truth = [], []
    for code in range(rng.randint(2, 4)):
        keys = "vwxyz"[: rng.choice((1, 2, 3, 5))]
        shares = {key: rng.choice((0, 0.2, 0.5, 0.5, 1.0)) for key in keys}
        kind = rng.choice(("is_fixed", "is_ordered", None, None))
        weight = rng.choice((5, 20, 40, 70))
        options = {kind: True} if kind else {}
        questions.append(scorecard.Question(f"q{code}", weight, shares, **options))
        truth.append({key: rng.gauss(0, 1.3) for key in (*keys, "not_met")})
    counts = {}
    for _record in range(rng.choice((45, 70, 110))):
        answers = tuple(
            None if rng.random() < 0.2 else rng.choice(list(known)) for known in truth
        )
        odds = sum(known.get(a, 0) for known, a in zip(truth, answers, strict=True))
        n = rng.choice((1, 2, 5, 14))
        won = sum(rng.random() < to_chance(odds) for _one in range(n))
        before = counts.get(answers, (0, 0))
        counts[answers] = before[0] + n, before[1] + won
    moves = {
        (answers, rng.choice((0.4, 1.1))): (n, round(won * rng.uniform(0.6, 1)))
        for answers, (n, won) in counts.items()
        if rng.random() < 0.7
    }
    values = {}
    for answers, (n, won) in counts.items():
        known = (("tag_id", rng.choice((1, 1, 1, 2, 3, 4))), ("lang_id", answers[0]))
        values[answers, known[rng.randint(0, 1) :]] = n, won
    return questions, counts, moves, values


def make_far_case(seed):
    """The same of few groups, some of thousands that were all won but one: the first
    guess is far away."""
    rng = random.Random(seed)
    questions = [
        scorecard.Question(
            f"q{code}", rng.choice((1, 50, 100)), {"x": 1, "y": rng.choice((0, 0.5, 1))}
        )
        for code in range(rng.choice((1, 2, 3)))
    ]
    counts = {}
    for _group in range(rng.choice((12, 20))):
        answers = tuple(rng.choice([None, "not_met", "x", "y"]) for _q in questions)
        n = rng.choice((1, 10, 100, 1000, 10000))
        counts[answers] = n, rng.choice((0, n, n // 2, max(n - 1, 0), 1))
    moves = {(answers, 0.7): one for answers, one in counts.items()}
    values = {(a, (("lang_id", a[0]),)): one for a, one in counts.items()}
    return questions, counts, moves, values


CASES = [
    *map(make_case, range(24)),
    *map(make_far_case, (9, 16, 27, 29, 52, 80, 84, 106, 107)),
]
# steps end when they are shorter than a thousandth
NEAR = {"rel": 2e-3, "abs": 3e-3}


@pytest.fixture(scope="module", params=CASES, ids=range(len(CASES)))
def both(request):
    """What is found, and what is found once more."""
    questions, history, moves, values = request.param
    found = scorecard.learn(questions, history, moves=moves, values=values)
    return found, Again(questions, history), moves, values


def test_points_are_those_of_the_least_loss(both):
    found, again, *_more = both
    assert found["points"] == again.told
    means = again.average(again.points, again.n > 0)
    assert list(found["means"].values()) == pytest.approx(means)


def test_the_chance_is_the_line_that_others_need(both):
    found, again, *_more = both
    intercept, slope = again.line
    assert found["intercept"] == pytest.approx(intercept + slope * again.start, **NEAR)
    assert found["slope"] == pytest.approx(slope / again.scale, **NEAR)


def test_the_quality_is_that_on_other_folds(both):
    found, again, *_more = both
    for kind, chances in again.qualities.items():
        loss = again.lose(chances).sum() / again.n.sum()
        assert found["quality"][kind]["log_loss"] == pytest.approx(loss, **NEAR)
    hand, new = again.qualities["hand"], again.qualities["new"]
    gain, error = again.compare(hand, new)
    assert (found["gain"], found["gain_error"]) == pytest.approx((gain, error), **NEAR)


def test_a_stage_counts_as_much_as_loses_least(both):
    found, again, moves, _values = both
    share = again.share_stages(again.line[0] + again.line[1] * again.odds, moves)
    assert found["stages"] == pytest.approx(share, abs=0.006)
    assert found["stages"] == round(found["stages"], 2)


def test_odoos_scoring_is_naive_bayes_on_other_folds(both):
    found, again, _moves, values = both
    naive = scorecard.measure(again.score_naively(values))
    for key in ("auc", "brier", "log_loss"):
        assert found["quality"]["odoo"][key] == pytest.approx(naive[key])


def test_bands_are_the_cuts_that_differ_most(both):
    found, again, *_more = both
    total = sum(max(one.values(), default=0) for one in again.told.values())
    earned = numpy.round(again.scale * (again.scores - again.start))
    earned = numpy.clip(earned, 0, total).round(1)
    levels = {
        sum(again.points.get(one, 0) for one in enumerate(answers))
        for answers in again.answers
    }
    bands = find_bands(earned, again.n, again.won, total, levels)
    letters, leasts = zip(*bands, strict=True)
    assert [letter for letter, _least in found["bands"]] == list(letters)
    percent = pytest.approx(list(leasts), abs=0.1)
    assert [least for _letter, least in found["bands"]] == percent
