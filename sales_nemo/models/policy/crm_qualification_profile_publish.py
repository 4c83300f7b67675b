import base64
import json
from contextlib import contextmanager
from urllib.parse import urlencode

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import mute_logger
from odoo.tools.misc import clean_context

from ..base.calls import on_one
from .crm_qualification_profile import TRIAL
from .policy_content import (
    add_codes,
    describe_changes,
    find_problems,
    get_values,
    leave_out_links,
    translate,
    without_translations,
    write_down,
)


class CrmQualificationProfile(models.Model):
    """A profile's life: made from a framework, published, changed by a draft, reverted.

    What rules is written by one function, ``_apply``.
    """

    _name = "crm.qualification.profile"
    _inherit = ["crm.qualification.profile", "qualification.checks.mixin"]

    state = fields.Selection(
        [
            ("framework", "Framework"),
            ("draft", "Draft"),
            ("published", "Published"),
        ],
        default="draft",
        required=True,
        copy=False,
        written_by="code",
        help="Published: leads take it.\n"
        "Draft: nothing changes until it is published.\n"
        "Framework: what new profiles are made from.",
    )
    draft_of_id = fields.Many2one(
        "crm.qualification.profile",
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        written_by="code",
        help="The published profile that this draft will change.",
    )
    draft_ids = fields.One2many("crm.qualification.profile", "draft_of_id")
    version_id = fields.Many2one(
        "crm.qualification.version",
        copy=False,
        ondelete="set null",
        written_by="code",
        help="What was published last, by which leads are judged.",
    )
    version_ids = fields.One2many(
        "crm.qualification.version", "profile_id", string="Versions"
    )
    version_count = fields.Integer(compute="_compute_version_count")
    changes = fields.Text(
        compute="_compute_changes",
        help="What will be different from the profile that this draft changes.",
    )
    policy_file = fields.Binary(
        compute="_compute_policy_file", help="The whole policy as JSON, to download."
    )

    _unique_draft = models.UniqueIndex(
        "(draft_of_id) WHERE draft_of_id IS NOT NULL",
        "There is a draft of this profile already: open that one.",
    )

    _check_draft = models.Constraint(
        "CHECK (draft_of_id IS NULL OR state = 'draft')",
        "What changes another profile is a draft of it.",
    )

    @api.depends("version_ids")
    def _compute_version_count(self):
        for profile in self:
            profile.version_count = len(profile.version_ids)

    @api.depends_context("lang")
    def _compute_changes(self):
        for draft in self:
            published = draft.draft_of_id
            lines = published._origin and describe_changes(
                published.browse(), write_down(published), write_down(draft._origin)
            )
            draft.changes = "\n".join(lines or ())

    def _compute_policy_file(self):
        for profile in self:
            text = json.dumps(write_down(profile), ensure_ascii=False, indent=2)
            profile.policy_file = base64.b64encode(text.encode())

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        model = self._check_new_values(vals_list)
        profiles = super(CrmQualificationProfile, model).create(vals_list)
        for profile in profiles.filtered(lambda p: p.state == "published"):
            profile._add_version()
        return profiles.with_env(self.env)

    def write(self, vals):
        self._check_values([vals])
        return super().write(vals)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_change(self):
        """Open the draft that changes this published profile; there is one at most.

        :raise AccessError: the user may not change profiles
        """
        self.check_access("write")
        self._check_published()
        draft = self.draft_ids or self._make_draft(write_down(self), self)
        return draft._get_records_action()

    @on_one
    def action_use(self):
        """Open a new draft that is like this framework, or this profile.

        :raise AccessError: the user may not make profiles
        """
        content = write_down(self) | {"company_id": False}
        return self._make_draft(content)._get_records_action()

    @on_one
    def action_discard(self):
        """Delete a draft, and open what it would have changed.

        :raise UserError: it is no draft
        """
        published = self.draft_of_id
        self.unlink()
        # "main": the way back would lead to what is gone
        if published:
            return published._get_records_action(target="main")
        return self.env["ir.actions.act_window"]._for_xml_id(
            "sales_nemo.crm_qualification_profile_action"
        ) | {"target": "main"}

    @on_one
    def action_enforce(self):
        """Turn the gate on: from now on leads that don't qualify are refused."""
        return self._set_enforcement("enforce")

    @on_one
    def action_advise(self):
        """Refuse nothing any more, show and log everything."""
        return self._set_enforcement("advise")

    @on_one
    def action_switch_off(self):
        """Judge the leads of this profile no more."""
        return self._set_enforcement("off")

    @on_one
    def action_switch_probability(self):
        """Have the scorecard say the probability of open records, or Odoo again."""
        values = {"is_scorecard_probability": not self.is_scorecard_probability}
        return self._set_at_once(values, self.env._("The probability was switched"))

    @on_one
    def action_open_versions(self):
        """Open what was published of this profile, the last one first."""
        return self.version_ids._get_records_action(
            name=self.env._("Versions of %s", self.name),
            domain=[("profile_id", "=", self.id)],
            views=[(False, "list"), (False, "form")],
        )

    @on_one
    def action_export(self):
        """Download the policy as a file of JSON."""
        url = f"/web/content/{self._name}/{self.id}/policy_file"
        query = urlencode({"download": 1, "filename": f"{self.name}.json"})
        return {"type": "ir.actions.act_url", "url": f"{url}?{query}"}

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @on_one
    def publish(self, note=""):
        """Have this draft rule from now on: itself, or in what it is the draft of.

        :param str note: why, for the list of versions
        :return: id of the profile that rules now
        :rtype: int
        :raise AccessError: the user may not change profiles
        :raise UserError: it is no draft; or what it changes is archived
        """
        return self._publish(note if isinstance(note, str) else "").id

    @on_one
    def apply_policy(self, content):
        """Have this draft be what a JSON says, all of it or nothing.

        :param dict content: as ``policy_file`` holds it
        :raise AccessError: the user may not change profiles
        :raise UserError: it is no draft; or what is wrong with the JSON, all of it
        """
        self.check_access("write")
        self._check_changeable()
        # sudo: allowed just before; code and state are written
        self.sudo()._apply(content)
        # it may be another company's now
        self.check_access("write")

    @api.model
    def import_policy(self, content):
        """A new draft from the JSON of another database.

        What names records of that other one is left out.

        :param dict content: as ``policy_file`` holds it
        :return: ``{"id": of the draft, "left_out": [what was left out, in words]}``
        :rtype: dict
        :raise AccessError: the user may not make profiles
        :raise UserError: what is wrong with the JSON, all of it
        """
        try:
            content = json.loads(json.dumps(content))
        except (TypeError, ValueError, RecursionError) as error:
            raise UserError(self.env._("This is no JSON: %s", error)) from error
        left = leave_out_links(self.browse(), content)
        return {"id": self._make_draft(content).id, "left_out": left}

    @api.model
    def _make_draft(self, content, published=None):
        """A new draft, last in the order.

        :param dict content: what it says
        :param published: the profile that it is to change, or None for a new one
        :raise AccessError: the user may not make profiles
        """
        self.browse().check_access("create")
        values = {
            "name": "…",
            "draft_of_id": published and published.id,
            "company_id": published and published.company_id.id,
        }
        # sudo: allowed just before; whose draft it is, is written by code only
        draft = self.sudo().create(values)
        draft._apply(content)
        mine = draft.sudo(self.env.su)
        if not mine.has_access("write"):
            # what decides for all companies is not this user's to make
            draft.company_id = self.env.company
        return mine

    def _publish(self, note=""):
        """Have this draft rule: it becomes a profile, or what it is the draft of."""
        self.check_access("write")
        self._check_changeable()
        content, published = write_down(self), self.draft_of_id
        if not published:
            return self._publish_content(content, note)
        self.unlink()
        return published._publish_content(content, note)

    def _publish_content(self, content, note=""):
        """Have this profile rule as a JSON says, and keep that as a new version."""
        self.check_access("write")
        if not self.active:
            text = self.env._("“%s” is archived: restore it, then publish.", self.name)
            raise UserError(text)
        # sudo: allowed just before; what rules is written by code only
        profile = self.sudo()
        profile._apply(content, state="published")
        # it may be another company's now
        self.check_access("write")
        profile._add_version(note)
        return self

    def _check_published(self):
        if self.state != "published":
            raise UserError(self.env._("“%s” was not published yet.", self.name))

    def _set_enforcement(self, enforcement):
        note = self.env._("Enforcement was changed")
        return self._set_at_once({"enforcement": enforcement}, note)

    def _set_at_once(self, values, note):
        self._check_published()
        self._publish_content(write_down(self) | values, note)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _add_version(self, note=""):
        self.ensure_one()
        numbers = self.version_ids.mapped("number")
        # sudo: nobody has the right to write versions; cleaned: no default_… gets in
        profile = self.with_env(
            self.env(su=True, context=clean_context(self.env.context))
        )
        profile.version_id = profile.version_id.create(
            {
                "profile_id": self.id,
                "number": max(numbers, default=0) + 1,
                "user_id": self.env.uid,
                "note": note,
                "content": write_down(self),
            }
        )

    @api.model
    def _get_drifted(self):
        """Published profiles that are not what their last version says."""
        published = self.search([("state", "=", "published")])
        return published.filtered(
            lambda profile: (
                without_translations(write_down(profile))
                != without_translations(profile.version_id.content)
            )
        )

    @contextmanager
    def _as_published(self):
        """For a moment this draft rules, as if it were published; all is undone."""
        savepoint = self.env.cr.savepoint()
        tried = self.with_context(qualification_trial=TRIAL)
        try:
            yield tried._publish()
        finally:
            savepoint.close(rollback=True)

    def _apply(self, content, state=None):
        """Have this profile be what a JSON says, all of it or nothing.

        Criteria and choices are found by their code; what goes is archived and keeps
        its answers.

        :param dict content: as ``policy_content.py`` describes it
        :param str state: the profile's then; None: as it is
        :raise UserError: what is wrong, all of it
        """
        self.ensure_one()
        self._refuse_problems(find_problems(self.browse(), content))
        criteria = [dict(item) for item in content.get("criteria", ())]
        add_codes(criteria)
        state, problems = state or self.state, []
        with self.env.cr.savepoint():
            # leads are judged by the whole, once
            self.state = "draft"
            with self._collect(problems):
                self.write(get_values(self.browse(), content))
                translate(self, content)
            gone = self.with_context(active_test=False).criterion_ids
            for number, item in enumerate(criteria, 1):
                known = gone.filtered(lambda c, code=item["code"]: c.code == code)
                gone -= known
                with self._collect(problems):
                    self._apply_criterion(known, item, number)
            gone.active = False
            self._refuse_problems(problems)
            self.state = state

    def _apply_criterion(self, criterion, content, number):
        """Have a criterion, or none for a new one, be what a JSON says."""
        choices = criterion.choice_ids
        items = [dict(item) for item in content.get("choices", ())]
        add_codes(items)
        known = {choice.code: choice.id for choice in choices}
        # on the way from the old ones to the new ones nothing has to hold
        criterion.requirement = "none"
        choices.active = False
        commands = []
        for place, item in enumerate(items, 1):
            values = get_values(choices.browse(), item)
            values |= {"sequence": place, "active": True}
            chosen = known.get(item["code"])
            commands.append(
                Command.update(chosen, values) if chosen else Command.create(values)
            )
        values = get_values(criterion.browse(), content)
        values |= {"sequence": 10 * number, "active": True}
        if criterion:
            criterion.write({"choice_ids": commands})
            criterion.write(values)
        else:
            values |= {"profile_id": self.id, "choice_ids": commands}
            criterion = criterion.create(values)
        translate(criterion, content)
        by_code = {choice.code: choice for choice in criterion.choice_ids}
        for item in items:
            translate(by_code[item["code"]], item)

    @contextmanager
    def _collect(self, problems):
        """Undo what can't be, and note why."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                yield
        except UserError as error:
            problems.append(str(error))
        except IntegrityError as error:
            criteria = self.env["crm.qualification.criterion"]
            tables = {m._table: m for m in (self, criteria, criteria.choice_ids)}
            model = tables.get(error.diag.table_name, self)
            problems.append(model._sql_error_to_message(error))

    def _refuse_problems(self, problems):
        if problems:
            raise UserError(
                self.env._(
                    "This is no policy that can be used, and nothing was changed:\n%s",
                    "\n".join(f"- {problem}" for problem in problems[:50]),
                )
            )
