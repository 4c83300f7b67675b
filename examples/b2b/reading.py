"""Raw CSV files → typed accounts, deals and salespeople; standard library only."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ACCOUNTS = "b2b_accounts.csv"
DEALS = "b2b_pipeline.csv"
TEAMS = "b2b_sales_teams.csv"

# Slips of the pen in the files.
SPELLING = {
    "technolgy": "technology",
    "Philipines": "Philippines",
    "GTXPro": "GTX Pro",
}
# Countries that Odoo calls otherwise.
COUNTRIES = {"Korea": "South Korea"}


class Unreadable(Exception):
    """The files are not there, or not what they should be; the text says why."""


@dataclass(frozen=True)
class Account:
    """A company that something was offered to.

    :param sector: what it does, in one word
    :param founded: year, or None
    :param revenue: millions of dollars a year, or None
    :param employees: number, or None
    :param country: English name as Odoo has it, or an empty text
    :param parent: name of the company that it belongs to, or an empty text
    """

    name: str
    sector: str
    founded: int | None
    revenue: float | None
    employees: int | None
    country: str
    parent: str


@dataclass(frozen=True)
class Deal:
    """What was offered.

    :param account: name of the account, empty where nobody noted it
    :param stage: Prospecting, Engaging, Won or Lost
    :param engaged: the day on which it began, or None
    :param closed: the day on which it was won or lost, or None
    :param value: what it brought, in dollars
    """

    key: str
    agent: str
    product: str
    account: str
    stage: str
    engaged: date | None
    closed: date | None
    value: float


@dataclass(frozen=True)
class Agent:
    """A salesperson, the manager, and the office that both belong to."""

    name: str
    manager: str
    office: str


def read(folder):
    """Read the files of a folder.

    :returns: accounts, deals and agents, as lists
    :raises Unreadable: a file is missing, or lacks a column, or a number is none
    """
    return (
        _read(folder, ACCOUNTS, _read_account),
        _read(folder, DEALS, _read_deal),
        _read(folder, TEAMS, _read_agent),
    )


def _read(folder, name, read_row):
    path = Path(folder) / name
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(f"{path}: {error}") from None
    found = []
    for number, row in enumerate(rows, 2):
        try:
            found.append(read_row({key: _clean(row[key]) for key in row if key}))
        except (KeyError, ValueError) as error:
            raise Unreadable(f"{path}, line {number}: {error}") from None
    if not found:
        raise Unreadable(f"{path} is empty.")
    return found


def _read_account(row):
    return Account(
        name=row["account"],
        sector=row["sector"],
        founded=int(row["year_established"]) if row["year_established"] else None,
        revenue=float(row["revenue"]) if row["revenue"] else None,
        employees=int(row["employees"]) if row["employees"] else None,
        country=COUNTRIES.get(row["office_location"], row["office_location"]),
        parent=row["subsidiary_of"],
    )


def _read_deal(row):
    return Deal(
        key=row["opportunity_id"],
        agent=row["sales_agent"],
        product=row["product"],
        account=row["account"],
        stage=row["deal_stage"],
        engaged=_read_day(row["engage_date"]),
        closed=_read_day(row["close_date"]),
        value=float(row["close_value"] or 0),
    )


def _read_agent(row):
    return Agent(row["sales_agent"], row["manager"], row["regional_office"])


def _read_day(text):
    return date.fromisoformat(text) if text else None


def _clean(value):
    text = (value or "").strip()
    return SPELLING.get(text, text)
