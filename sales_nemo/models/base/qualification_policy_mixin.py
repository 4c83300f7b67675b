from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class QualificationPolicyMixin(models.AbstractModel):
    """Records that decide about leads, for whoever asks in whatever process.

    What a process keeps of them is keyed by ``_get_policy_stamp()``. It is
    renewed with every change, in the same transaction: whoever sees a policy sees the
    stamp that stands for it, and what is not committed, or undone, stays its writer's.
    """

    _name = "qualification.policy.mixin"
    _description = "Policy That Processes Keep"

    # The path to the company whose leads it decides about; empty there: of all.
    _policy_company = None
    # What it is a part of, and what it consists of: key in the JSON of the policy, name
    # of the field.
    _policy_parent = None
    _policy_children = (None, None)
    # What may be changed although it rules: it is about the list of profiles.
    _policy_free = frozenset()

    # Renewed before and after: what is read halfway is kept for nobody else, and not
    # for the rest of this transaction.

    @api.model_create_multi
    def create(self, vals_list):
        self._renew_policy_stamp()
        records = super().create(vals_list)
        records._check_changeable()
        self._renew_policy_stamp()
        return records

    def write(self, vals):
        if vals:
            self._check_changeable(vals.keys())
        if not self._is_policy(vals.keys()):
            return super().write(vals)
        self._renew_policy_stamp()
        res = super().write(vals)
        self._renew_policy_stamp()
        if self._policy_parent in vals:
            self._check_changeable()
        if self._policy_company and self._policy_company.split(".")[0] in vals:
            # Odoo asks before it writes
            self.check_access("write")
        return res

    def unlink(self):
        self._check_changeable()
        self._renew_policy_stamp()
        res = super().unlink()
        self._renew_policy_stamp()
        return res

    def _update_field_translations(self, *args, **kwargs):
        self._check_changeable()
        self._renew_policy_stamp()
        res = super()._update_field_translations(*args, **kwargs)
        self._renew_policy_stamp()
        return res

    def _get_policy_filter(self, content):
        """Name of the field that holds a filter, and the model that this selects from.

        :param dict content: values of the record
        """
        return None, None

    def _check_changeable(self, names=()):
        """Refuse what would change a policy that rules: its draft is changed instead.

        Code may: data files, and the one function that writes what was published.

        :param names: of fields; empty where more than these changes
        """
        path = self._policy_company and self._policy_company.rpartition(".")[0]
        profiles = self.mapped(path) if path else self
        fixed = self._policy_company and profiles.filtered(lambda p: p.state != "draft")
        if fixed and not self.env.su and not {*(names or ("",))} <= self._policy_free:
            self.check_access("write")
            raise UserError(
                self.env._(
                    "This is what was published, or a framework: %(profiles)s. Press "
                    "“Change” there, edit the draft, and publish it.",
                    profiles=", ".join(fixed.mapped("name")),
                )
            )

    def _check_access(self, operation):
        """People change what decides; in all companies who may see them all."""
        result = super()._check_access(operation)
        if result or self.env.su or operation == "read":
            return result
        if self.env.user._is_doubted():
            return self, self._get_agent_error
        if not self._policy_company:
            return result
        # sudo: the rules have let the user come here
        shared = self.filtered(lambda r: not r.sudo().mapped(self._policy_company))
        if not shared or self.env.user.has_group("base.group_system"):
            return result
        # sudo: companies that the user doesn't see are what is looked for
        others = Domain("id", "not in", self.env.user.company_ids.ids)
        if not self.env["res.company"].sudo().search_count(others, limit=1):
            return result
        return shared, shared._get_shared_error

    def _get_agent_error(self):
        return AccessError(
            self.env._(
                "A person has to confirm what agents tell: no agent can change what is "
                "asked for."
            )
        )

    def _get_shared_error(self):
        return AccessError(
            self.env._(
                "This decides about the leads of all companies: only who works for all "
                "of them, or may change the settings, can change it. Choose one of "
                "your companies, or ask one of them."
            )
        )

    @api.model
    def _is_policy(self, names):
        """True where any of these fields is part of what is kept.

        :param names: names of fields, a set
        """
        return True

    @api.model
    def _get_policy_stamp(self):
        """Key of what a process keeps of policies and companies for everybody.

        :rtype: str
        """
        # sudo: it tells nothing, and the same company's row serves whoever asks
        env = self.sudo().env
        company = env.company or env["res.company"].search([], limit=1)
        return company.policy_stamp

    @api.model
    def _renew_policy_stamp(self):
        # In SQL: it is nobody's edit of a company. Random: a counter would come to the
        # same number again after a rollback.
        self.env.cr.execute("UPDATE res_company SET policy_stamp = gen_random_uuid()")
        self.env["res.company"].invalidate_model(["policy_stamp"], flush=False)
