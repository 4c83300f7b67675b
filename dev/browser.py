"""The browser that tours and browser tests drive."""

import shutil

from . import system_packages

# For playwright: a root user in a container has no sandbox, and the first-run
# extras only cost time.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def log_in(page, address):
    """Come in as the administrator of a database with Odoo's demo passwords.

    :param page: playwright's
    """
    page.goto(f"{address}/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_action_manager > *")


def path():
    """Path of a Chromium or Chrome; Debian's chromium is installed if none is there."""
    system_packages.require("browser")
    return next(filter(None, map(shutil.which, system_packages.BROWSERS)))
