"""What closed records teach about answers: on a truth that is known, and on real ones.

``-s`` prints the figures.
"""

import csv
import inspect
import math
import random
from collections import Counter
from pathlib import Path

import numpy
import pytest
from plain import scorecard

from examples.b2b import meaning as hardware
from examples.b2b import reading
from examples.x_education import meaning as courses
from examples.x_education.shape import shape

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not here")

# Log-odds of winning by question and answer: what is learnt should say this.
TRUTH = {
    "budget": {"yes": 2.0, "no": 0.4},
    "size": {"large": 1.5, "medium": 0.8, "small": 0.0},
    "source": {"referral": 1.0, "web": 0.3, "fair": 0.0},
    "colour": {"red": 0.0, "green": 0.0, "blue": 0.0},
}
# The hand thinks most of what says nothing.
HAND = (
    scorecard.Question("budget", 10, {"yes": 1.0, "no": 0.0}),
    scorecard.Question("size", 20, {"large": 1.0, "medium": 0.5, "small": 0.0}),
    scorecard.Question("source", 20, {"referral": 0.5, "web": 1.0, "fair": 0.5}),
    scorecard.Question("colour", 50, {"red": 1.0, "green": 0.5, "blue": 0.0}),
)


# ------------------------------------------------------------ histories


def make_history(n, seed=0, truth=TRUTH):
    """Records as ``(answers, is won)``; a quarter of the answers is not known."""
    rng, records = random.Random(seed), []
    for _record in range(n):
        answers = tuple(
            None if rng.random() < 0.25 else rng.choice(list(known))
            for known in truth.values()
        )
        odds = -1.5 + sum(
            known.get(key, 0)
            for known, key in zip(truth.values(), answers, strict=True)
        )
        records.append((answers, rng.random() < scorecard.to_chance(odds)))
    return records


def count(records):
    """A history as ``learn`` takes it."""
    counts, won = Counter(), Counter()
    for answers, is_won in records:
        counts[answers] += 1
        won[answers] += is_won
    return {answers: (n, won[answers]) for answers, n in counts.items()}


def weigh(questions):
    """Questions with their weights as percent of all of them."""
    total = sum(question.weight for question in questions)
    return [q._replace(weight=100 * q.weight / total) for q in questions]


def get_points(questions, answers, points=None, means=None):
    """Points of a record: learnt ones, or those that stand."""
    return sum(
        means[q.code]
        if means and not key
        else points[q.code].get(key, 0)
        if points
        else q.weight * q.shares.get(key, 0)
        for q, key in zip(questions, answers, strict=True)
    )


def get_odds(found, questions, answers):
    """Log-odds as the probability has them."""
    earned = get_points(questions, answers, found["points"], found["means"])
    return found["intercept"] + found["slope"] * earned


def get_auc(values, outcomes):
    values, outcomes = numpy.array(values), numpy.array(outcomes, bool)
    good, bad = values[outcomes], numpy.sort(values[~outcomes])
    below, not_above = (
        numpy.searchsorted(bad, good, side) for side in ("left", "right")
    )
    return (below + not_above).mean() / 2 / len(bad)


def try_on(found, questions, records):
    """How good what was learnt is on other records."""
    outcomes = [is_won for _answers, is_won in records]
    odds = [get_odds(found, questions, answers) for answers, _is_won in records]
    points = [get_points(questions, a, found["points"]) for a, _is_won in records]
    chances = [scorecard.to_chance(one) for one in odds]
    hand = [get_points(questions, answers) for answers, _is_won in records]
    triples = zip(odds, [1] * len(odds), outcomes, strict=True)
    return {
        "auc": get_auc(points, outcomes),
        "shown": get_auc(odds, outcomes),
        "hand": get_auc(hand, outcomes),
        "slope": scorecard.calibrate(triples)[1],
        "bias": sum(chances) / len(chances) - sum(outcomes) / len(outcomes),
    }


def shuffle(records, seed):
    """The same answers, the same outcomes, but not of each other."""
    outcomes = [is_won for _answers, is_won in records]
    random.Random(seed).shuffle(outcomes)
    return [(a, is_won) for (a, _w), is_won in zip(records, outcomes, strict=True)]


def get_course_leads():
    """The questions of the X Education example, and its leads as records."""
    leads = shape((DATA / "x_education_leads.csv").read_bytes()).leads
    leads = [lead for lead in leads if lead.converted is not None]
    questions = []
    for criterion in courses.CRITERIA:
        shares = {"met": 1.0}
        if criterion.values["answer_type"] == "choice":
            points = courses.choices(criterion, leads).items()
            shares = {name.casefold(): share / 100 for name, share in points}
        weight = criterion.values["weight"]
        questions.append(scorecard.Question(criterion.key, weight, shares))

    def answer(criterion, lead):
        values = criterion.values
        value = lead.country if not criterion.answer else criterion.answer(lead)
        if value is None:
            return None
        if values["answer_type"] == "choice":
            return value.casefold()
        is_met = {
            "text": lambda: True,
            "yes_no": lambda: value == values["expected"],
            "automatic": lambda: value == "India",
            "number": lambda: (
                values["number_min"] <= value <= values.get("number_max", value)
            ),
        }[values["answer_type"]]()
        return "met" if is_met else "not_met"

    records = [
        (tuple(answer(c, lead) for c in courses.CRITERIA), lead.converted)
        for lead in leads
    ]
    return weigh(questions), records


def get_software_deals():
    """The answers of the B2B seller, and questions that hold them for equally good."""
    with (DATA / "b2b_qualification.csv").open(encoding="utf-8") as file:
        deals = list(csv.DictReader(file))
    names = [name for name in deals[0] if name not in ("Product", "Seller", "Status")]
    records = [
        (
            tuple(None if deal[n] == "Unknown" else deal[n] for n in names),
            deal["Status"] == "Won",
        )
        for deal in deals
    ]
    questions = [
        scorecard.Question(
            name, 1, dict.fromkeys(sorted({a[i] for a, _w in records} - {None}), 1.0)
        )
        for i, name in enumerate(names)
    ]
    return weigh(questions), records


def get_hardware_deals():
    """Maven's deals with what is known of their accounts."""
    accounts, deals, _agents = reading.read(DATA)
    known = {account.name: account for account in accounts}
    sectors = hardware.get_choices(accounts)
    questions = [
        scorecard.Question(
            key,
            values["weight"],
            {name: points / 100 for name, points in sectors.items()}
            if key == "sector"
            else {"met": 1.0},
        )
        for key, values in hardware.CRITERIA.items()
    ]

    def answer(account):
        def is_met(is_good):
            return "met" if is_good else "not_met"

        return (
            account.sector,
            account.employees and is_met(account.employees >= 1000),
            account.revenue and is_met(account.revenue >= 1000),
            is_met(account.country == "United States"),
            is_met(not account.parent),
        )

    return weigh(questions), [
        (answer(known[deal.account]), deal.stage == "Won")
        for deal in deals
        if deal.account in known and deal.stage in ("Won", "Lost")
    ]


# ------------------------------------------------------------ a truth that is known


@pytest.fixture(scope="module")
def found():
    return scorecard.learn(list(HAND), count(make_history(1500)))


def test_no_odoo_and_no_numpy():
    lines = inspect.getsource(scorecard).splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert imports
    assert not [line for line in imports if "odoo" in line or "numpy" in line]


def test_the_truth_is_learnt(found):
    others = make_history(3000, seed=1)
    result = try_on(found, HAND, others)
    best = get_auc(
        [
            sum(k.get(key, 0) for k, key in zip(TRUTH.values(), answers, strict=True))
            for answers, _is_won in others
        ],
        [is_won for _answers, is_won in others],
    )
    print("known truth:", result, "best possible:", best, found["points"])
    assert found["result"] == "learnt"
    assert result["auc"] > best - 0.02 > result["hand"]
    assert 0.8 < result["slope"] < 1.25 and abs(result["bias"]) < 0.03


def test_points_are_whole_and_the_best_earns_ten(found):
    points = [one for earned in found["points"].values() for one in earned.values()]
    assert all(type(one) is int and 0 <= one <= 10 for one in points)
    assert max(points) == 10 == found["points"]["budget"]["yes"]
    assert max(found["points"]["colour"].values()) <= 1


def test_the_same_history_teaches_the_same_in_any_order(found):
    records = make_history(1500)
    again = scorecard.learn(list(HAND), count(records[::-1]))
    assert again == found


def test_out_of_fold_it_is_as_good_as_on_others(found):
    result = try_on(found, HAND, make_history(3000, seed=1))
    assert found["quality"]["new"]["auc"] == pytest.approx(result["auc"], abs=0.03)
    assert found["quality"]["shown"]["auc"] == pytest.approx(result["shown"], abs=0.03)
    assert found["quality"]["hand"]["auc"] == pytest.approx(result["hand"], abs=0.03)
    assert found["quality"]["base"]["auc"] == 0.5


def test_ten_bins_hold_all(found):
    bins = found["quality"]["new"]["bins"]
    assert len(bins) == 10
    assert sum(one["n"] for one in bins) == found["deals"] == 1500
    assert sum(one["won"] for one in bins) == found["won"]
    assert [one["predicted"] for one in bins] == sorted(o["predicted"] for o in bins)


@pytest.mark.parametrize("seed", [2, 7])
def test_each_letter_is_earned_by_somebody(seed):
    """Few answers make few numbers of points, and each fold others."""
    questions = [
        scorecard.Question("fits", 25, {"met": 1.0}),
        scorecard.Question("size", 75, {"small": 0.0, "medium": 0.5, "large": 1.0}),
    ]
    truth = {
        "fits": {"met": 1.6, "not_met": 0.0},
        "size": {"small": 0.9, "medium": 0.3, "large": 0.0},
    }
    records = make_history(1000, seed, truth)
    found = scorecard.learn(questions, count(records))
    total = sum(max(points.values()) for points in found["points"].values())
    letters = {
        next(
            letter
            for letter, least in found["bands"]
            if 100 * get_points(questions, answers, found["points"]) / total >= least
        )
        for answers, _is_won in records
    }
    assert letters == {letter for letter, _least in found["bands"]}


def test_bands_are_won_in_their_order(found):
    bands = found["bands"]
    assert [letter for letter, _least in bands] == list("abcd"[: len(bands)])
    assert bands[-1][1] == 0 and 2 <= len(bands) <= 4
    total = sum(max(earned.values()) for earned in found["points"].values())
    rates = {letter: [] for letter, _least in bands}
    for answers, is_won in make_history(3000, seed=1):
        percent = 100 * get_points(HAND, answers, found["points"]) / total
        letter = next(letter for letter, least in bands if percent >= least)
        rates[letter].append(is_won)
    rates = [sum(known) / len(known) for known in rates.values()]
    assert rates == sorted(rates, reverse=True)


def test_means_are_of_those_that_were_known(found):
    records = make_history(1500)
    earned = [
        found["points"]["size"][answers[1]] for answers, _w in records if answers[1]
    ]
    assert found["means"]["size"] == pytest.approx(sum(earned) / len(earned))


def test_a_scale_keeps_its_order():
    truth = TRUTH | {"size": {"large": 0.5, "medium": 1.0, "small": 0.0}}
    records = count(make_history(1500, truth=truth))
    questions = list(HAND)
    free = scorecard.learn(questions, records)["points"]["size"]
    assert free["medium"] > free["large"]
    questions[1] = questions[1]._replace(is_ordered=True)
    size = scorecard.learn(questions, records)["points"]["size"]
    assert size["large"] >= size["medium"] >= size["small"]
    # the other way round where the last one earns most now
    shares = {"small": 0.0, "medium": 0.5, "large": 1.0}
    questions[1] = questions[1]._replace(shares=shares)
    assert scorecard.learn(questions, records)["points"]["size"] == size


def test_where_it_is_required_only_the_weight_is_learnt():
    questions = list(HAND)
    questions[1] = questions[1]._replace(is_fixed=True)
    size = scorecard.learn(questions, count(make_history(1500)))["points"]["size"]
    assert size["large"] > 0
    assert (size["medium"], size["small"]) == (size["large"] / 2, 0)


def test_not_asking_earns_nothing():
    # those of whom nobody knew the budget were won
    truth = {"budget": {"yes": -2.0, "no": -2.0}, "size": TRUTH["size"]}
    records = make_history(1000, truth=truth)
    points = scorecard.learn(list(HAND[:2]), count(records))["points"]
    assert points["budget"] == {"yes": 0, "no": 0}


def test_what_is_known_to_be_bad_earns_no_less_than_what_is_not_known():
    questions = [scorecard.Question("budget", 100, {"met": 1.0})]
    records = [(("met",), True), (("not_met",), False), ((None,), True)] * 100
    assert scorecard.learn(questions, count(records))["points"]["budget"]["met"] >= 0


@pytest.mark.parametrize(("won", "lost"), [(29, 200), (200, 29), (49, 50), (0, 0)])
def test_too_few(won, lost):
    records = make_history(5000)
    good = [r for r in records if r[1]][:won]
    bad = [r for r in records if not r[1]][:lost]
    found = scorecard.learn(list(HAND), count(good + bad))
    assert found == {"result": "too_few", "deals": won + lost, "won": won}


def test_weights_that_are_right_are_left_alone():
    right = [
        scorecard.Question(
            code,
            max(known.values()),
            {k: v / (max(known.values()) or 1) for k, v in known.items()},
        )
        for code, known in TRUTH.items()
    ]
    found = scorecard.learn(weigh(right), count(make_history(600)))
    assert found["result"] == "nothing_to_gain"
    assert found["gain"] < 1.96 * found["gain_error"]


def test_all_alike_teach_nothing():
    records = [((None, None, None, None), i % 2) for i in range(400)]
    assert scorecard.learn(list(HAND), count(records))["result"] != "learnt"


def test_no_questions_teach_nothing():
    records = [((), i % 2 == 0) for i in range(400)]
    assert scorecard.learn([], count(records))["result"] != "learnt"


def test_it_tells_how_far_it_is():
    told = []
    scorecard.learn(list(HAND), count(make_history(200)), told.append)
    assert told == sorted(told) and told[-1] == 1


@pytest.mark.parametrize("is_told_by_answers", [False, True])
def test_a_stage_counts_beside_the_answers(is_told_by_answers):
    """Into it came all of the won and some of the lost, whatever they answered, or
    those with a good answer alone."""
    rng, records, moves = random.Random(5), make_history(3000), []
    for answers, is_won in records:
        is_in = (
            answers[0] == "yes" if is_told_by_answers else is_won or rng.random() < 0.25
        )
        if is_in:
            moves.append((answers, is_won))
    lost = [sum(not is_won for _answers, is_won in known) for known in (records, moves)]
    stage = round(math.log(lost[0] / lost[1]), 2)
    found = scorecard.learn(
        list(HAND),
        count(records),
        moves={(answers, stage): n for answers, n in count(moves).items()},
    )
    print("stage:", stage, "of it counts:", found["stages"])
    assert (found["stages"] < 0.4) if is_told_by_answers else (found["stages"] > 0.8)
    odds = found["stages"] * stage
    chances = [scorecard.to_chance(get_odds(found, HAND, a) + odds) for a, _w in moves]
    won = sum(is_won for _answers, is_won in moves) / len(moves)
    assert sum(chances) / len(chances) == pytest.approx(won, abs=0.03)


def test_few_moves_leave_the_stage_as_odoo_counts_it(found):
    moves = {(answers, 1.0): (1, 0) for answers in count(make_history(40))}
    again = scorecard.learn(list(HAND), count(make_history(1500)), moves=moves)
    assert again["stages"] == found["stages"] == 1.0


def test_odoos_scoring_is_judged_by_others_too():
    records = make_history(1500)
    found = [
        scorecard.learn(
            list(HAND),
            count(records),
            values=count([((a, known(a, n)), w) for n, (a, w) in records_by_n]),
        )["quality"]["odoo"]
        for known in (
            lambda answers, n: (("source_id", answers[0]), ("lang_id", "1")),
            # what each has alone says nothing, though it did in hindsight
            lambda answers, n: (("source_id", n),),
            # nor does a rare tag
            lambda answers, n: (("tag_id", n % 200),),
        )
        for records_by_n in [list(enumerate(records))]
    ]
    print("Odoo:", *((one["auc"], one["brier"]) for one in found))
    assert found[0]["auc"] > 0.6 and found[0]["brier"] < 0.245
    assert found[1]["auc"] == pytest.approx(0.5, abs=0.05)
    assert found[2]["auc"] == pytest.approx(0.5, abs=0.05)


def make_single(n, shares):
    """A question that is the only one, and a history of it."""
    truth = {"source": {"referral": 3.0, "web": 1.5, "fair": 0.0, "mail": 0.0}}
    shares = dict(zip(truth["source"], shares, strict=True))
    return [scorecard.Question("source", 100, shares)], make_history(n, truth=truth)


def test_a_single_question_is_learnt():
    """Whoever leaves out all of its records with an answer knows nothing of that."""
    questions, records = make_single(600, (0.0, 0.0, 1.0, 1.0))
    found = scorecard.learn(questions, count(records))
    points = found["points"]["source"]
    print("single question:", found["gain"], found["gain_error"], points)
    assert found["result"] == "learnt"
    assert points["referral"] > points["web"] > points["fair"] == points["mail"] == 0
    others = make_single(3000, (0.0, 0.0, 1.0, 1.0))[1][600:]
    result = try_on(found, questions, others)
    assert found["quality"]["new"]["auc"] == pytest.approx(result["auc"], abs=0.05)
    assert found == scorecard.learn(questions, count(records[::-1]))


def test_a_single_question_that_is_weighed_well_gains_nothing():
    questions, records = make_single(600, (1.0, 0.5, 0.0, 0.0))
    found = scorecard.learn(questions, count(records))
    assert found["result"] == "nothing_to_gain"
    assert found["quality"]["hand"]["auc"] > 0.6 < found["quality"]["new"]["auc"]


@pytest.mark.verify
@pytest.mark.parametrize(
    ("questions", "records"),
    [
        (list(HAND), make_history(400)),
        make_single(400, (0.0, 0.0, 1.0, 1.0)),
        make_single(100, (1.0, 1.0, 1.0, 1.0)),
    ],
    ids=["four", "one", "one of few"],
)
def test_chance_is_rarely_taken_for_a_reason(questions, records):
    results = Counter(
        scorecard.learn(questions, count(shuffle(records, seed)))["result"]
        for seed in range(200)
    )
    print("200 shuffled histories:", results)
    assert results["learnt"] <= 10


# ------------------------------------------------------------ real ones


@real
def test_courses_gain_on_the_half_that_was_not_learnt_from():
    questions, records = get_course_leads()
    for seed in range(3):
        random.Random(seed).shuffle(records)
        half = len(records) // 2
        found = scorecard.learn(questions, count(records[:half]))
        result = try_on(found, questions, records[half:])
        print("X Education:", result, found["gain"], found["gain_error"])
        assert found["result"] == "learnt"
        assert result["auc"] >= result["hand"] + 0.08


@real
def test_software_deals_are_told_apart_as_well_as_without_limits():
    questions, records = get_software_deals()
    found = scorecard.learn(questions, count(records))
    folds = get_folds(questions, records)
    outcomes = numpy.array([is_won for _answers, is_won in records], float)
    new, free = found["quality"]["new"], []
    for ridge in (1, 4, 16):
        chances = fit_without_limits(records, folds, ridge)
        brier = ((chances - outcomes) ** 2).mean()
        free.append((get_auc(chances, outcomes), brier))
        print("B2B without limits:", ridge, free[-1])
    bins = new["bins"]
    predicted = sum(one["n"] * one["predicted"] for one in bins) / len(records)
    slope = get_slope(questions, records, found)
    print("B2B:", new["auc"], new["brier"], "slope:", slope, "mean:", predicted)
    assert found["result"] == "learnt"
    assert new["auc"] >= max(auc for auc, _brier in free) - 0.02
    assert new["brier"] <= min(brier for _auc, brier in free) + 0.01
    assert 0.8 < slope < 1.25
    assert abs(predicted - outcomes.mean()) <= 0.03


@real
def test_hardware_deals_have_nothing_to_learn_from():
    questions, records = get_hardware_deals()
    found = scorecard.learn(questions, count(records))
    print("Maven:", found["result"], found["deals"], found["gain"], found["gain_error"])
    assert found["result"] == "nothing_to_gain"


@real
@pytest.mark.verify
def test_shuffled_real_answers_are_rarely_taken_for_a_reason():
    questions, records = get_software_deals()
    results = Counter(
        scorecard.learn(questions, count(shuffle(records, seed)))["result"]
        for seed in range(200)
    )
    print("200 shuffled B2B histories:", results)
    assert results["learnt"] <= 10


def get_folds(questions, records):
    """The fold of each record."""
    columns = [(i, *one) for i, q in enumerate(questions) for one in q.get_columns()]
    rows = scorecard._get_rows(questions, columns, count(records))
    fold_by_answers = {row.answers: row.fold for row in rows}
    return numpy.array([fold_by_answers[answers] for answers, _is_won in records])


def fit_without_limits(records, folds, ridge):
    """Chances out of fold of a logistic regression in which all is allowed."""
    levels = [
        (i, key)
        for i in range(len(records[0][0]))
        for key in sorted({str(answers[i]) for answers, _is_won in records})
    ]
    x = numpy.array(
        [[1.0, *(str(a[i]) == key for i, key in levels)] for a, _is_won in records]
    )
    y = numpy.array([is_won for _answers, is_won in records], float)
    chances = numpy.zeros(len(y))
    penalty = ridge * numpy.eye(x.shape[1])
    penalty[0, 0] = 1e-9
    for fold in set(folds):
        own = folds != fold
        worth = numpy.zeros(x.shape[1])
        for _step in range(30):
            p = 1 / (1 + numpy.exp(-x[own] @ worth))
            slope = x[own].T @ (y[own] - p) - penalty @ worth
            curve = (x[own].T * (p * (1 - p))) @ x[own] + penalty
            worth += numpy.linalg.solve(curve, slope)
        chances[~own] = 1 / (1 + numpy.exp(-x[~own] @ worth))
    return chances


def get_slope(questions, records, found):
    """Calibration slope on the half that was not learnt from, both halves together."""
    groups = sorted(count(records).items(), key=repr)
    triples = []
    for half in (0, 1):
        learnt = scorecard.learn(questions, dict(groups[half::2]))
        for answers, (n, won) in groups[1 - half :: 2]:
            triples.append((get_odds(learnt, questions, answers), n, won))
    return scorecard.calibrate(triples)[1]
