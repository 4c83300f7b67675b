"""The deals of the hardware seller: what the report tells, counted with pandas.

The same is asked of files that are made here, with all that the real ones may hold, and
of the real ones where they are.
"""

import csv
import json
import random
import subprocess
import sys

import pandas
import pytest

from examples.b2b import load, meaning, reading

STATES = ("met", "partly", "not_met", "unknown")
# Records from which on the addon tells a rate.
SAMPLE_MIN = 30
# 97.5 % of a normal distribution lie below so many deviations.
Z = 1.959963984540054
SPELLING = {"technolgy": "technology", "Philipines": "Philippines"}
SECTORS = {
    "met": {"technology", "software", "telecommunications"},
    "partly": {"medical", "finance", "services"},
}


def tell_story(folder, files):
    """Load files into a database of their own; the figures."""
    figures = folder / "figures.json"
    result = subprocess.run(
        [sys.executable, load.__file__, files, "--temporary", "--json", figures],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return json.loads(figures.read_text())


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    generate(folder)
    return folder, tell_story(folder, folder)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    if not (load.REAL / reading.DEALS).is_file():
        pytest.skip("needs data that is not in the repository")
    return load.REAL, tell_story(tmp_path_factory.mktemp("real"), load.REAL)


# ------------------------------------------------------------ files of the same shape


def write(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def generate(folder):
    """Accounts of which something may be unknown, and deals that depend on them."""
    rng = random.Random(85)
    sectors = ["technolgy", "software", "medical", "finance", "retail", "marketing", ""]
    countries = ["United States"] * 5 + ["Philipines", "Korea", "Belgium", ""]
    names = [f"Company {index}" for index in range(40)]
    accounts = {
        name: [
            name,
            rng.choice(sectors),
            rng.randrange(1979, 2018),
            rng.choice(["", "999.99", "1000", "12.5", "4269.9"]),
            rng.choice(["", "999", "1000", "9", "17479"]),
            rng.choice(countries),
            rng.choice(["", "", "", names[0], names[1]]) if index > 1 else "",
        ]
        for index, name in enumerate(names)
    }
    agents = [f"Agent {letter}" for letter in "ABCDE"]
    deals = []
    for index in range(700):
        name = rng.choice([*names, ""])
        chance = 0.4 + 0.3 * (bool(name) and accounts[name][1] == "software")
        stage = "Won" if rng.random() < chance else "Lost"
        stage = rng.choice([stage] * 8 + ["Engaging", "Prospecting"])
        day = f"2017-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        closed = stage in ("Won", "Lost")
        deals.append(
            [
                f"KEY{index:05}",
                rng.choice(agents),
                rng.choice(["GTXPro", "MG Special"]),
                name,
                stage,
                "" if stage == "Prospecting" else "2016-10-20",
                day if closed else "",
                rng.randrange(50, 5000) if stage == "Won" else "0" if closed else "",
            ]
        )
    write(
        folder / reading.ACCOUNTS,
        "account,sector,year_established,revenue,employees,office_location,"
        "subsidiary_of".split(","),
        accounts.values(),
    )
    write(
        folder / reading.DEALS,
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,"
        "close_date,close_value".split(","),
        deals,
    )
    write(
        folder / reading.TEAMS,
        ["sales_agent", "manager", "regional_office"],
        [[agent, "Boss", "East" if agent < "Agent C" else "West"] for agent in agents],
    )


# ------------------------------------------------------------ counted independently


def judge(deals):
    """What each closed deal's account answers, by question; from the raw columns."""
    sector = deals["sector"].replace(SPELLING)

    def at_least(column, limit):
        good = deals[column].ge(limit).map({True: "met", False: "not_met"})
        return good.where(deals[column].notna(), "unknown")

    states = {
        meaning.SECTOR["name"]: sector.map(
            {name: state for state, names in SECTORS.items() for name in names}
        )
        .fillna("not_met")
        .where(sector.notna(), "unknown"),
        meaning.EMPLOYEES["name"]: at_least("employees", 1000),
        meaning.REVENUE["name"]: at_least("revenue", 1000),
        meaning.COUNTRY["name"]: deals["office_location"]
        .eq("United States")
        .map({True: "met", False: "not_met"})
        .where(deals["office_location"].notna(), "unknown"),
        meaning.PARENT["name"]: deals["subsidiary_of"]
        .isna()
        .map({True: "met", False: "not_met"}),
    }
    # who has no account has no answers either
    return {
        question: answers.where(deals["account"].notna(), "unknown")
        for question, answers in states.items()
    }


def count(folder):
    """The report's rows, from the files alone."""
    deals = pandas.read_csv(folder / reading.DEALS)
    accounts = pandas.read_csv(folder / reading.ACCOUNTS)
    closed = deals[deals["deal_stage"].isin(["Won", "Lost"])]
    closed = closed.merge(accounts, on="account", how="left")
    won = closed["deal_stage"].eq("Won")
    rows = {}
    for question, answers in judge(closed).items():
        groups = won.groupby(answers).agg(["size", "sum"])
        row = {"closed": len(closed), "won": int(won.sum())}
        for state in STATES:
            n, good = groups.loc[state] if state in groups.index else (0, 0)
            row[state] = {"count": int(n), "won_count": int(good)} | get_rate(n, good)
        known = groups.drop("unknown", errors="ignore").sum()
        row["known"] = get_rate(*known) | {"count": int(known["size"])}
        rows[question] = row
    return rows


def get_rate(n, good):
    """Rate with Wilson's bounds; zeros where there are too few."""
    if n < SAMPLE_MIN:
        return {"rate": 0, "low": 0, "high": 0}
    # as if z²/2 more deals had been won, and as many lost, but for the spread
    middle = (good + Z**2 / 2) / (n + Z**2)
    reach = Z * (good * (n - good) / n + Z**2 / 4) ** 0.5 / (n + Z**2)
    return {"rate": good / n, "low": middle - reach, "high": middle + reach}


def get_difference(one, other):
    """Of two rates, with Newcombe's bounds; zeros where there are too few."""
    if min(one["count"], other["count"]) < SAMPLE_MIN:
        return [0, 0, 0]
    found = one["rate"] - other["rate"]
    down = (one["rate"] - one["low"]) ** 2 + (other["high"] - other["rate"]) ** 2
    up = (one["high"] - one["rate"]) ** 2 + (other["rate"] - other["low"]) ** 2
    return [found, found - down**0.5, found + up**0.5]


def compare(story):
    folder, figures = story
    expected = count(folder)
    assert set(figures["lift"]) == set(expected)
    for question, row in expected.items():
        found = figures["lift"][question]
        assert (found["closed"], found["won"]) == (row["closed"], row["won"])
        assert found["late"] == 0
        for name, one, other in (
            ("difference", "met", "not_met"),
            ("known_difference", "known", "unknown"),
        ):
            difference = get_difference(row[one], row[other])
            assert found[name] == pytest.approx(difference), (question, name)
        for state in STATES:
            assert found[state] == pytest.approx(row[state]), (question, state)


def test_the_report_on_generated_files(generated):
    compare(generated)


@pytest.mark.verify
def test_the_report_on_the_real_files(real):
    compare(real)
    _folder, figures = real
    assert figures["accounts"] == 85
    assert figures["deals"] == {"won": 4238, "lost": 2473, "pending": 2089}


def test_generated_files_hold_all_states(generated):
    rows = count(generated[0])
    for state in STATES:
        assert any(row[state]["count"] >= SAMPLE_MIN for row in rows.values()), state


def test_the_profile_on_generated_deals(generated):
    """The score that the criteria give each deal decides; nothing else is asked."""
    folder, figures = generated
    deals = pandas.read_csv(folder / reading.DEALS)
    accounts = pandas.read_csv(folder / reading.ACCOUNTS)
    closed = deals[deals["deal_stage"].isin(["Won", "Lost"])]
    closed = closed.merge(accounts, on="account", how="left")
    points = {"met": 1.0, "partly": 0.5, "not_met": 0.0, "unknown": 0.0}
    weights = {criterion["name"]: criterion["weight"] for criterion in
               meaning.CRITERIA.values()}  # fmt: skip
    score = sum(
        answers.map(points) * weights[question]
        for question, answers in judge(closed).items()
    ) / sum(weights.values())
    blocked = score < meaning.PROFILE["score_min"] / 100
    for name, stage in (("won", "Won"), ("lost", "Lost")):
        ours = blocked[closed["deal_stage"] == stage]
        assert figures["backtest"]["totals"][name] == {
            "passed": int((~ours).sum()),
            "blocked": int(ours.sum()),
            "unknown": 0,
            "alone": 0,
        }


# ------------------------------------------------------------ files that are none


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "FOLDER="),
        ("", "is empty"),
        ("account,sector\nAcme,retail\n", "line 2"),
        (
            "account,sector,year_established,revenue,employees,office_location,"
            "subsidiary_of\nAcme,retail,long ago,1,1,Belgium,\n",
            "long ago",
        ),
    ],
)
def test_files_that_cannot_be_read_are_named(content, words, tmp_path):
    file = tmp_path / reading.ACCOUNTS
    if content is not None:
        file.write_text(content)
    command = [sys.executable, load.__file__, tmp_path]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert str(file) in result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.stderr
