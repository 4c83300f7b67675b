from contextlib import closing

from odoo import api, models
from odoo.tools import split_every

from ..base.calls import check_ids, notify
from ..evidence.evidence_sql import CONTACT_COLUMNS

BATCH = 1000
# Records that are named of each kind.
EXAMPLES = 5

# Closed leads keep the profile that they were closed with, or none.
PROFILE = "qualification_profile_id"

# What is stored although it follows from other records, by model.
STORED = {
    "crm.qualification.answer": ("expires_on", "is_expired", "state", "points"),
    "crm.lead": (
        *CONTACT_COLUMNS,
        PROFILE,
        "qualification_state",
        "qualification_score",
        "qualification_grade",
        "qualification_chance",
        "qualification_step",
        "qualification_step_about",
        "qualification_question_id",
        "qualification_failed",
        "qualification_missing_count",
        "is_up_for_grabs",
    ),
}
# What only some may carry: those that carry it although they should not.
STRAY = {
    "crm.lead.commitment.activity_id": [
        ("activity_id.active", "=", True),
        "|",
        "|",
        ("active", "=", False),
        ("state", "!=", "open"),
        ("lead_id.won_status", "!=", "pending"),
    ],
    "crm.lead.qualification_deadline": [
        ("qualification_deadline", "!=", False),
        ("type", "=", "lead"),
    ],
    "crm.lead.qualification_exception_id": [
        ("qualification_exception_id", "!=", False),
        "|",
        ("qualification_exception_id.state", "!=", "asked"),
        "&",
        ("type", "=", "opportunity"),
        ("qualification_exception_id.goal", "=", "conversion"),
    ],
    "crm.lead.is_unjudged": [("is_unjudged", "=", True), ("type", "=", "lead")],
}


class CrmQualificationCheck(models.AbstractModel):
    """Is what is stored what the records say that it follows from?

    Everything is stored when it changes. SQL, a partial backup or a killed process may
    come between; this finds what they left, of open, closed and archived records.
    """

    _name = "crm.qualification.check"
    _description = "Check of What Is Stored"

    @api.model
    def _compare(self):
        """Compute anew what is stored, without storing it, and compare.

        What a new day changes is a difference until the daily job has run.

        :return: ``{"model.field": {"count": records that differ, "examples":
            [(id, stored, right), …]}}``, only of fields that differ somewhere; of
            lifecycles, strays and profiles the examples are ids alone
        """
        found = {}
        # sudo: it is asked of all records, and read-only
        env = self.sudo().with_context(active_test=False, lang=None).env
        for model, names in STORED.items():
            for ids in split_every(BATCH, env[model].search([], order="id").ids):
                for name, *example in self._compare_batch(
                    env[model].browse(ids), names
                ):
                    self._add_differences(found, f"{model}.{name}", [tuple(example)])
        for kind, domain in STRAY.items():
            model = env[kind.rpartition(".")[0]]
            self._add_differences(found, kind, model.search(domain).ids)
        stale = env["res.partner"]._get_all_stale_lifecycles()
        self._add_differences(found, "res.partner.crm_lifecycle", stale)
        drifted = env["crm.qualification.profile"]._get_drifted().ids
        self._add_differences(found, "crm.qualification.profile.version_id", drifted)
        return found

    def _compare_batch(self, records, names):
        """Differences in some fields of these records.

        :return: of ``(field's name, id, stored value, right value)``
        """
        stored = records.read(names, load=None)
        # what is computed is not kept
        with closing(self.env.cr.savepoint()):
            for name in names:
                fresh = records
                if name == PROFILE:
                    fresh = records.filtered(lambda lead: lead.won_status == "pending")
                self.env.add_to_compute(records._fields[name], fresh)
            right = records.read(names, load=None)
        return [
            (name, old["id"], old[name], new[name])
            for old, new in zip(stored, right, strict=True)
            for name in names
            if old[name] != new[name]
        ]

    def _explain(self, found):
        """What differs, in words.

        :param dict found: what ``_compare`` returned
        :return: a text for each kind, such as "Score: 3 (Lead, e.g. 7, 9)"
        :rtype: list[str]
        """
        lines = []
        for kind, known in found.items():
            model, name = kind.rsplit(".", 1)
            field = self.env[model]._fields[name].get_description(self.env, ["string"])
            examples = [x[0] if isinstance(x, tuple) else x for x in known["examples"]]
            lines.append(
                self.env._(
                    "%(field)s (%(model)s): %(count)s, e.g. no. %(examples)s",
                    field=field["string"],
                    model=self.env["ir.model"]._get(model).name,
                    count=known["count"],
                    examples=", ".join(map(str, examples)),
                )
            )
        return lines

    def _add_differences(self, found, kind, examples):
        if examples:
            known = found.setdefault(kind, {"count": 0, "examples": []})
            known["count"] += len(examples)
            known["examples"] += examples[: EXAMPLES - len(known["examples"])]


class CrmQualificationProfile(models.Model):
    """Actions on the list of profiles, for their managers."""

    _inherit = "crm.qualification.profile"

    def action_read_history(self):
        """Read all messages, meetings and activities again as evidence of contact.

        :raise AccessError: the user may not change profiles
        """
        check_ids(self).check_access("write")
        changed = self.env["crm.contact.evidence"]._read_history()
        # sudo: what is stored doesn't depend on who asks
        self.env["res.partner"].sudo()._read_all_lifecycles()
        self._review_leads()
        message = self.env._(
            "History read: the contact with %s leads and opportunities changed.",
            changed,
        )
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        return notify(message, type="success", next=reload)

    def action_check_data(self):
        """Compare all that is stored with what it follows from, and tell what differs.

        :raise AccessError: the user may not change profiles
        """
        check_ids(self).check_access("write")
        check = self.env["crm.qualification.check"]
        found = check._explain(check._compare())
        if found:
            title = self.env._("Differs from what it follows from")
            return notify("; ".join(found), sticky=True, title=title)
        title = self.env._("All that is stored is right.")
        return notify("", type="success", title=title)


class ResConfigSettings(models.TransientModel):
    """The same for who may change settings, on the page of CRM."""

    _inherit = "res.config.settings"

    def action_read_history(self):
        """Read all messages, meetings and activities again as evidence of contact.

        :raise AccessError: the user may not change profiles
        """
        return self.env["crm.qualification.profile"].action_read_history()

    def action_check_data(self):
        """Compare all that is stored with what it follows from, and tell what differs.

        :raise AccessError: the user may not change profiles
        """
        return self.env["crm.qualification.profile"].action_check_data()
