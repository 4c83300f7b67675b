import logging
from collections import defaultdict
from contextlib import closing

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

from ..base.actions import list_records
from ..base.batches import work_apart, work_off
from ..base.calls import check_ids, notify, on_one, on_some

_logger = logging.getLogger(__name__)

BATCH = 1000

# Closed leads keep the profile that they were closed with, or none.
PROFILE = "qualification_profile_id"
VERDICT = "crm.lead.qualification_state"
VERSION = "crm.qualification.profile.version_id"

# What is stored although it follows from other records, those first that others follow
# from: a field stands for all that are computed with it.
KINDS = {
    "crm.qualification.answer.expires_on": "Validity of Answers",
    "crm.qualification.answer.state": "States of Answers",
    "crm.qualification.answer.is_expired": "Expired Answers",
    "crm.lead.contact_state": "Contact Status",
    f"crm.lead.{PROFILE}": "Profiles of Leads",
    VERDICT: "Verdicts",
    "crm.lead.is_up_for_grabs": "Up for Grabs",
    "res.partner.crm_lifecycle": "Lifecycles",
    "crm.lead.commitment.activity_id": "Reminders of Commitments",
    "crm.lead.qualification_deadline": "Deadlines",
    "crm.lead.qualification_exception_id": "Exceptions Asked For",
    "crm.lead.is_unjudged": "Still to Be Judged",
    VERSION: "Published Profiles",
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


class CrmQualificationCheck(models.Model):
    """Is what is stored what the records say that it follows from?

    Everything is stored when it changes. SQL, a partial backup or a killed process may
    come between; this finds what they left, of open, closed and archived records, and
    computes it anew. What people said stays as it is.

    A record is one of ``KINDS``, and what the last check found of it.
    """

    _name = "crm.qualification.check"
    _description = "Check of What Is Stored"
    _order = "id"

    kind = fields.Selection(
        [*KINDS.items()],
        "Stored Data",
        required=True,
        help="What was compared with what it follows from.",
    )
    model = fields.Char(required=True)
    state = fields.Selection(
        [
            ("checking", "Being checked"),
            ("found", "To repair"),
            ("repairing", "Being repaired"),
            ("left", "By hand: open them, and enter or publish what is missing"),
            ("failing", "Can't be computed: the server's log says why"),
        ],
        required=True,
        default="checking",
        help="How far checking or repairing it has come.",
    )
    error = fields.Text(
        help="What the server said about the first of them that can't be computed."
    )
    record_ids = fields.Json(
        "Records That Differ",
        prefetch=False,
        help="Ids of those that differ, in order.",
    )
    count = fields.Integer("Records", help="How many differ.")
    last_id = fields.Integer(
        "Last Record Checked", help="Up to it records were checked, or repaired."
    )

    # of two who begin at once the second one is told
    _kind_uniq = models.UniqueIndex(
        "(kind)", "Somebody else is checking the data right now: look again later."
    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_check_data(self):
        """Compare all that is stored with what it follows from, and show what differs.

        :raise AccessError: the user may not change profiles
        """
        check_ids(self).env["crm.qualification.profile"].check_access("write")
        self._begin()
        while self._go_on("checking"):
            pass
        name = "sales_nemo.crm_qualification_check_action"
        return self.env["ir.actions.act_window"]._for_xml_id(name)

    @on_some
    def action_repair(self):
        """Compute anew what differs: a few records at once, many in the background.

        :raise AccessError: the user may not change profiles
        """
        self.env["crm.qualification.profile"].check_access("write")
        # sudo: nobody has the right to write them
        checks = self.sudo()
        known = checks.filtered(lambda x: x.state in ("found", "left", "failing"))
        known.write({"state": "repairing", "last_id": 0, "error": False})
        if sum(checks.search([("state", "=", "repairing")]).mapped("count")) > BATCH:
            checks.env.ref("sales_nemo.ir_cron_check")._trigger()
            text = self.env._("It began in the background: reload to see what is left.")
            return notify(text, type="info")
        while checks._go_on("repairing"):
            pass

    @on_one
    def action_open_records(self):
        """Open those that differ."""
        self.check_access("read")
        name = self._fields["kind"].convert_to_export(self.kind, self)
        records = self.env[self.model].browse(self.record_ids or ())
        return list_records(records, name, create=False)

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.model
    def _cron_check(self):
        """Each night: go on where it stopped, else begin, once a day; tell nobody."""
        work_off(
            self.env,
            self._begin_once_a_day,
            lambda: self._go_on("repairing") or self._go_on("checking"),
        )

    @api.model
    def _begin_once_a_day(self):
        known = Domain("state", "in", ["checking", "repairing"])
        known |= Domain("create_date", ">=", fields.Datetime.today())
        if not self.search_count(known, limit=1):
            self._begin()
        return 0

    @api.model
    def _begin(self):
        # sudo: nobody has the right to write them
        checks = self.sudo()
        checks.search([]).unlink()
        checks.create([{"kind": x, "model": x.rpartition(".")[0]} for x in KINDS])

    @api.model
    def _go_on(self, state):
        """Check the next records, or repair them and check them again.

        :param str state: "checking" or "repairing"
        :return: 1, or 0 at the end
        """
        # sudo: what is right doesn't depend on who asks
        checks = self.sudo().with_context(active_test=False, lang=None)
        turn = checks.search([("state", "=", state)], limit=1)
        if not turn:
            return 0
        model = checks.env[turn.model]
        together = checks.search([("model", "=", turn.model)])
        if state == "checking":
            domain = [("id", ">", turn.last_id)]
            turn, ids = together, model.search(domain, order="id", limit=BATCH).ids
        else:
            ids = [id_ for id_ in turn.record_ids or () if id_ > turn.last_id][:BATCH]
            _done, failed = work_apart(model.browse(ids).exists(), turn._repair)
            for record, error in failed.items():
                turn._note_error(record.id, error)
        found = checks._find(model.browse(ids).exists())
        for check in together:
            names = check._get_names(check.kind)
            differ = {id_ for name, id_, *_values in found if name in names}
            known = sorted({*(check.record_ids or ())} - {*ids} | differ)
            check.write({"record_ids": known, "count": len(known)})
            for name, id_, *values in found:
                if name in names and len(values) == 1:
                    check._note_error(id_, *values)
        if len(ids) < BATCH:
            by_hand = state == "repairing" or turn[0].kind == VERSION
            then = "left" if by_hand and turn[0].count else "found"
            turn.write({"last_id": 0, "state": then})
            turn.filtered("error").state = "failing"
        else:
            turn.last_id = ids[-1]
        self.env.flush_all()
        self.env.invalidate_all()
        return 1

    def _note_error(self, record_id, error):
        """Tell what stops a computation, the first time of a check or repair."""
        if not self.error:
            self.error = str(error) or type(error).__name__
            text = "Check Data: %s of %s can't be computed"
            _logger.error(text, self.kind, record_id, exc_info=error)

    @api.model
    def _get_names(self, kind):
        """Names of the fields of a kind."""
        model, _dot, name = kind.rpartition(".")
        field = self.env[model]._fields[name]
        return [one.name for one in self.pool.field_computed.get(field, [field])]

    def _repair(self, records):
        """Have what is stored of these be right, except what people say."""
        name = self.kind.rpartition(".")[2]
        if name == "activity_id":
            records._remind()
        elif self.kind in STRAY:
            if name == "qualification_exception_id":
                records[name].filtered(lambda x: x.state == "asked")._end("overtaken")
            records.write({name: False})
        else:
            wrong = {name for name, *_example in self._find(records)}
            self._compute_anew(records)
            self.env.flush_all()
            # those follow that followed from what was wrong
            records.modified(wrong)

    @api.model
    def _compare(self):
        """Compute anew what is stored, without storing it, and compare.

        What a new day changes is a difference until the daily job has run.

        :return: ``{"model.field": [(id, stored, right), …]}``, only of what differs
        """
        found = defaultdict(list)
        # sudo: it is asked of all records, and read-only
        env = self.sudo().with_context(active_test=False, lang=None).env
        for model in dict.fromkeys(kind.rpartition(".")[0] for kind in KINDS):
            for ids in split_every(BATCH, env[model].search([], order="id").ids):
                for name, *example in self._find(env[model].browse(ids)):
                    found[f"{model}.{name}"].append(tuple(example))
        return dict(found)

    @api.model
    def _find(self, records):
        """What differs of some records.

        :return: of ``(field's name, id, stored value, right value)``; of lifecycles,
            strays and profiles without the values, of what can't be computed with the
            exception instead of them
        :rtype: list[tuple]
        """
        if records._name == "res.partner":
            # each company has its own
            return [("crm_lifecycle", id_) for id_ in records._get_stale_lifecycles()]
        if records._name == "crm.qualification.profile":
            drifted = records & records._get_drifted()
            return [("version_id", id_) for id_ in drifted.ids]
        found = self._find_computed(records)
        for kind, domain in STRAY.items():
            model, _dot, name = kind.rpartition(".")
            if model == records._name:
                strays = records.search([("id", "in", records.ids), *domain])
                found += [(name, id_) for id_ in strays.ids]
        return found

    @api.model
    def _find_computed(self, records):
        """What differs of what is computed; one record that raises stops no other."""
        groups = self._get_computed(records)
        every = sum(groups, [])
        done, failed = work_apart(records, lambda some: self._differ(some, every))
        for record in failed:
            # each kind by itself, to say which one fails
            kinds = [
                work_apart(record, lambda one, names=names: self._differ(one, names))
                for names in groups
            ]
            done += sum((right for right, _wrong in kinds), [])
            wrong = {
                names[0]: error
                for names, (_right, errors) in zip(groups, kinds, strict=True)
                for error in errors.values()
            } or {groups[-1][0]: failed[record]}
            done.append([(name, record.id, error) for name, error in wrong.items()])
        return sum(done, [])

    @api.model
    def _differ(self, records, names):
        """What is stored in some fields and is another value when it is computed."""
        # "id": of no names all would be read
        read = ["id", *names]
        stored = records.read(read, load=None)
        # what is computed is not kept
        with closing(self.env.cr.savepoint()):
            self._compute_anew(records, names)
            right = records.read(read, load=None)
        return [
            (name, old["id"], old[name], new[name])
            for old, new in zip(stored, right, strict=True)
            for name in names
            if old[name] != new[name]
        ]

    @api.model
    def _get_computed(self, records):
        """Names of the fields that are computed of these, those of each kind together.

        :rtype: list[list[str]]
        """
        kinds = [kind for kind in KINDS if kind.rpartition(".")[0] == records._name]
        groups = map(self._get_names, kinds)
        return [names for names in groups if records._fields[names[0]].compute]

    @api.model
    def _is_of_the_past(self, lead):
        """Whether it was closed under a policy before today's: so its verdict stays."""
        since = lead[PROFILE].version_id.date
        closed = lead.won_status != "pending" and lead._get_closing()
        return bool(since and closed and closed < since)

    @api.model
    def _compute_anew(self, records, names=None):
        """Compute what is computed of these, when it is next needed.

        :param names: of fields; None: all of them
        """
        for name in sum(self._get_computed(records), []) if names is None else names:
            fresh = records
            if name == PROFILE:
                fresh = records.filtered(lambda lead: lead.won_status == "pending")
            elif name in self._get_names(VERDICT):
                fresh = records.filtered(lambda lead: not self._is_of_the_past(lead))
            self.env.add_to_compute(records._fields[name], fresh)
        if records._name == "crm.lead":
            # verdicts follow from answers, whose state may be wrong, too
            accounts = records.partner_id.commercial_partner_id
            told = Domain("lead_id", "in", records.ids)
            told |= Domain("partner_id", "in", accounts.ids)
            self._compute_anew(records.env["crm.qualification.answer"].search(told))


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
        # none are chosen, and where leads are many a profile keeps their review's place
        self.search([])._review_leads()
        message = self.env._(
            "History read: the contact with %s leads and opportunities changed.",
            changed,
        )
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        return notify(message, type="success", next=reload)


class ResConfigSettings(models.TransientModel):
    """The same for who may change settings, on the page of CRM."""

    _inherit = "res.config.settings"

    def action_read_history(self):
        """Read all messages, meetings and activities again as evidence of contact.

        :raise AccessError: the user may not change profiles
        """
        return self.env["crm.qualification.profile"].action_read_history()

    def action_check_data(self):
        """Compare all that is stored with what it follows from, and show what differs.

        :raise AccessError: the user may not change profiles
        """
        return self.env["crm.qualification.check"].action_check_data()
