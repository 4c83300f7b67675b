import logging
from contextlib import contextmanager

from psycopg2 import OperationalError

from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# A batch that meets somebody else's change is tried again so often, then left.
TRIES = 3

# Said before large queries: to compile them takes longer than it gains. In one
# statement with the query it costs no call, but PostgreSQL shares the work among no
# processes.
WITHOUT_JIT = SQL("SET LOCAL jit = off")


def lock_rows(records, is_waiting=False):
    """Lock the rows of some records, always in the same order.

    :param bool is_waiting: until nobody else writes them; False: those are left out
    :return: the locked ones
    :raise OperationalError: one of them was written since this transaction began
    """
    if not records:
        return records
    query = SQL(
        "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE %s",
        SQL.identifier(records._table),
        records.ids,
        SQL() if is_waiting else SQL("SKIP LOCKED"),
    )
    # who comes too late is tried again: no error
    records.env.cr.execute(query, log_exceptions=False)
    return records.browse(row[0] for row in records.env.cr.fetchall())


@contextmanager
def expecting(refusal):
    """Inside of the block Odoo doesn't log PostgreSQL's refusals of one kind as errors.

    :param refusal: class of ``psycopg2.errors``
    """

    def is_other(record):
        return not any(isinstance(said, refusal) for said in record.args or ())

    logger = logging.getLogger("odoo.sql_db")
    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)


def work_apart(records, work):
    """Do something with some records; those with which it raises don't stop the others.

    :param work: function of records
    :return: ``([what it gave, …], {record: the exception})``
    :raise OperationalError: somebody else writes the same rows
    """
    try:
        with records.env.cr.savepoint():
            return [work(records)], {}
    except OperationalError:
        raise
    except Exception as error:  # pylint: disable=broad-except
        if len(records) < 2:
            return [], {records: error}
    half = len(records) // 2
    done, failed = work_apart(records[:half], work)
    more, others = work_apart(records[half:], work)
    return done + more, failed | others


def work_off(env, *steps):
    """Repeat each step until it finds nothing more to do, and commit in between.

    What is left, because the time was up or somebody else was writing the same rows,
    the next run finds by itself.

    :param env: environment in whose transaction the steps work
    :param steps: functions that treat one batch and return how many rows it had
    """
    cron, failures = env["ir.cron"], 0
    for step in steps:
        done = 1
        while done and failures < TRIES:
            try:
                with env.cr.savepoint():
                    done = step()
            except OperationalError as error:
                # somebody else wrote the same rows; a commit lets us see theirs
                failures += 1
                _logger.info("Qualification: tried again later (%s)", error)
            if not cron._commit_progress(done, remaining=1):
                return
    cron._commit_progress(remaining=0)
