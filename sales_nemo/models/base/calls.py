"""Public methods answer in words, whatever ids a client calls them with."""

from functools import wraps

from psycopg2.errors import ReadOnlySqlTransaction

from odoo.exceptions import MissingError, UserError


def on_one(method):
    """Decorator of a public method that works on one record; see ``on_some``."""
    return _check_before(method, is_one=True)


def on_some(method):
    """Decorator of a public method that works on one or more records.

    :raise UserError: no id is given, or something else
    :raise MissingError: one of the records is not there
    """
    return _check_before(method)


def _check_before(method, is_one=False):
    @wraps(method)
    def call(self, *args, **kwargs):
        is_usual = len(self._ids) == 1 and type(self.id) is int and not self._abstract
        if not (is_usual and self.exists()):
            _check_called(self, is_one)
        return method(self, *args, **kwargs)

    return call


def _check_called(records, is_one):
    words = {"model": _get_name(records)}
    if not records._ids:
        raise UserError(records.env._("%(model)s: choose a record first.", **words))
    if is_one and len(records._ids) > 1:
        text = records.env._("%(model)s: choose one record, not several.", **words)
        raise UserError(text)
    # compared as ids: a client may name one twice
    if gone := set(check_ids(records)._ids).difference(find_existing(records)._ids):
        refuse_merged(records.browse(gone))
        words["id"] = min(gone)
        text = records.env._(
            "%(model)s: there is no record %(id)s (any more).", **words
        )
        raise MissingError(text)


def browse_ids(model, ids):
    """The records that a client names; what is no list is taken for one id."""
    return check_ids(model.browse(ids if isinstance(ids, (list, tuple)) else [ids]))


def check_ids(records):
    """The same records, if they can be some.

    :raise UserError: something is no id
    """
    odd = [i for i in records._ids if type(i) is not int or i <= 0]
    if odd:
        words = {"model": _get_name(records), "id": odd[0]}
        raise UserError(records.env._("%(model)s: “%(id)s” is no id.", **words))
    return records


def notify(message, **params):
    """An action that shows a message; its dialog closes, or its list is read again.

    :param str message: what is shown, as a warning
    :param params: others of Odoo's ``display_notification``
    """
    close = {"type": "ir.actions.act_window_close"}
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"type": "warning", "message": message, "next": close} | params,
    }


def refuse_merged(records):
    """Say into which record those that are gone were merged, where that is known."""
    if hasattr(records, "_refuse_merged"):
        records._refuse_merged()


def find_existing(records):
    """Those of some records that exist.

    :raise ReadOnlySqlTransaction: a replica lacks one (yet): Odoo asks the primary
    """
    there = records.browse() if records._abstract else records.exists()
    if records.env.cr.readonly and len(there) < len(set(records._ids)):
        raise ReadOnlySqlTransaction("Records are not on the replica yet")
    return there


def _get_name(records):
    """How a model is called in the user's language."""
    # sudo: the name of a model is no secret
    return records.env["ir.model"].sudo()._get(records._name).name
