"""Forms of Odoo's website, which visitors fill in."""

from odoo import SUPERUSER_ID
from odoo.http import request


def is_website_form(model):
    """True while a form on the website becomes a record of this model.

    Told by the address that was called, which no other client can have called, and by
    the superuser in whose name Odoo's website then works.
    """
    return bool(
        request
        and model.env.uid == SUPERUSER_ID
        # Odoo's routes take a slash at their end, too
        and request.httprequest.path.rstrip("/") == f"/website/form/{model._name}"
    )
