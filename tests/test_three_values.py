"""Empty is not "no": filters of criteria against Kleene's tables in plain Python."""

from pathlib import Path

from dev import odoo_command

PARTS = Path(__file__).parent / "three_values.py"


def test_filters_say_what_kleene_says(database):
    """Whatever the filter and the records, in Python and in SQL alike."""
    assert odoo_command.run_script(database, PARTS.read_text()).strip() == "all agree"
