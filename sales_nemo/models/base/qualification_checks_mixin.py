from odoo import api, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.http import request
from odoo.tools.sql import column_exists, create_column, table_exists

from .calls import refuse_merged
from .identity import UNSTORABLE
from .website_form import is_website_form

# What the fields of a lead have in common that our own code keeps there.
KEPT = {
    "copy": False,
    "groups": "base.group_user",
    "old_rows": "NULL",
    "readonly": True,
    "written_by": "code",
}

# In the context of what is read from a file: an object, which no client can send.
IMPORTED = object()


class QualificationChecksMixin(models.AbstractModel):
    """What clients may not set: proofs, verdicts, and links to what they may not read.

    Odoo lets a client write any stored field, computed ones included, and tells the
    name of a linked record to whoever may read the link. Two parameters of fields:

    - ``written_by``: "code" for what is written in superuser mode only, "manager" for
      what sales managers may write, too;
    - ``old_rows``: default in SQL of a column that is added to old rows at once, before
      the ORM would compute it record by record.

    A model asks ``_check_values`` before anything is done: on create, on write, for
    defaults and by import. In superuser mode values may be set, but not by defaults of
    the context.
    """

    _name = "qualification.checks.mixin"
    _description = "Fields Written by Qualification Only"

    # Names of many2one fields that clients write and read back.
    _qualification_links = ()

    def _auto_init(self):
        cr, table = self.env.cr, self._table
        # of a new table no row is old
        known = self._fields if self._auto and table_exists(cr, table) else {}
        for name, field in known.items():
            # related fields have the parameters of the others
            is_column = field.store and field.column_type
            default = is_column and getattr(field, "old_rows", None)
            if default and not column_exists(cr, table, name):
                definition = f"{field.column_type[1]} DEFAULT {default}"
                create_column(cr, table, name, definition)
        return super()._auto_init()

    def _valid_field_parameter(self, field, name):
        ours = ("written_by", "old_rows")
        return name in ours or super()._valid_field_parameter(field, name)

    @api.model
    @tools.ormcache("who")
    def _get_written_by(self, *who):
        """Names of the fields that only some may write.

        :param str who: "code" or "manager", or both
        :rtype: frozenset[str]
        """
        return frozenset(
            name
            for name, field in self._fields.items()
            if getattr(field, "written_by", None) in who
        )

    @api.model
    def _get_guarded_names(self):
        """Names of the fields that no user's defaults may set.

        :rtype: frozenset[str]
        """
        written = self._get_written_by("code", "manager")
        return written | set(self._qualification_links)

    @api.model
    def load(self, fields, data):
        """What comes with a file is told by it."""
        told = self.with_context(qualification_origin=IMPORTED)
        return super(QualificationChecksMixin, told).load(fields, data)

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """What may not be written is read-only in every view.

        What a visitor fills in on the website, as superuser, is nothing of ours.
        """
        res = super().fields_get(allfields=allfields, attributes=attributes)
        if request and is_website_form(self):
            for name in res.keys() & self._fields:
                if self._fields[name]._modules[:1] == ("sales_nemo",):
                    del res[name]
        for name in self._get_refused_names() & res.keys():
            if "readonly" in res[name]:
                res[name]["readonly"] = True
        return res

    @api.model
    def _check_values(self, vals_list):
        """Refuse what the user may not set, before anything is done.

        :param list vals_list: values by field name, as ``create`` takes them
        :raise AccessError: names the fields, or says which link may not be read
        :raise UserError: a link is no id, or a text can't be stored
        """
        if not self.env.su:
            self._check_protected(set().union(*vals_list))
            odd = {
                name
                for vals in vals_list
                for name, value in vals.items()
                if isinstance(value, str) and UNSTORABLE.search(value)
            }
            if odd:
                self._refuse_unstorable(odd)
            self._check_links(vals_list)

    @api.model
    def _check_new_values(self, vals_list):
        """Refuse what may not be set on new records, by defaults of the context either.

        :param list vals_list: as ``_check_values`` takes them
        :return: this model, in superuser mode without the defaults that would be
            refused: Odoo's own code keeps the context of whoever called it
        """
        prefix = "default_"
        given = {
            key.removeprefix(prefix): value
            for key, value in self.env.context.items()
            if key.startswith(prefix)
        }
        self._check_values([given | vals for vals in vals_list])
        guarded = self._get_written_by("code", "manager")
        if not self.env.su or guarded.isdisjoint(given):
            return self
        keys = {f"{prefix}{name}" for name in guarded}
        context = {k: v for k, v in self.env.context.items() if k not in keys}
        return self.with_env(self.env(context=context))

    @api.model
    def _check_protected(self, names):
        """Not in ``_check_field_access``: Odoo asks that for every value that it reads.

        :param names: of the fields that are to be written
        :raise AccessError: names those that the user may not write, and says why
        """
        reasons = []
        for name in sorted(self._get_refused_names().intersection(names)):
            label = self._fields[name].get_description(self.env, ["string"])["string"]
            words = {"field": label, "name": name}
            reasons.append(
                self.env._(
                    "Only sales managers may set “%(field)s” (%(name)s).", **words
                )
                if name in self._get_written_by("manager")
                else self.env._(
                    "“%(field)s” (%(name)s) can't be set: it follows from what is "
                    "known. Leave it out.",
                    **words,
                )
            )
        if reasons:
            raise AccessError("\n".join(reasons))

    @api.model
    def _get_refused_names(self):
        """Names of the fields that the user may not write, for qualification's sake."""
        if self.env.su:
            return frozenset()
        names, theirs = map(self._get_written_by, ("code", "manager"))
        user = self.env.user
        if theirs and not (
            user.has_group("sales_team.group_sale_manager") and not user._is_doubted()
        ):
            names |= theirs
        return names

    @api.model
    def _refuse_unstorable(self, names):
        """Say what holds half a sign of two, or NUL.

        :param names: of fields
        """
        labels = self.fields_get(names, ["string"]).values()
        raise UserError(
            self.env._(
                "Some characters can't be stored. Enter anew: %s.",
                ", ".join(sorted(label["string"] for label in labels)),
            )
        )

    def _changes(self, vals, names):
        """True where values change one of some fields of this record.

        :param set names: names of fields
        """
        for name in names & vals.keys():
            field = self._fields[name]
            cached = field.convert_to_cache(vals[name], self)
            value = field.convert_to_record(cached, self)
            if (value or False) != (self[name] or False):
                return True
        return False

    def _refuse_merged(self):
        """Hook: say into which record these, which are gone, were merged."""

    @api.model
    def _check_links(self, vals_list):
        """Ask for the right to read what is to be linked, before anything is done.

        :param list vals_list: values by field name, as ``create`` takes them
        :raise AccessError: the user may not read one of the linked records
        :raise UserError: a value is no id
        """
        for name in self._qualification_links:
            field = self._fields[name]
            values = [vals[name] for vals in vals_list if vals.get(name)]
            ids = {field.convert_to_cache(v, self, validate=False) for v in values}
            if None in ids:
                # Odoo's cache ignores it, PostgreSQL may take it for a number
                raise UserError(
                    self.env._("“%s” doesn't link a record: give its id.", name)
                )
            named = self.env[field.comodel_name].browse(ids)._origin
            linked = named.exists()
            if named != linked:
                refuse_merged(named - linked)
            if linked:
                linked.check_access("read")
