from odoo import api, models


class QualificationPolicyMixin(models.AbstractModel):
    """Records that decide about leads, for whoever asks in whatever process.

    What a process keeps of them is keyed by ``_get_policy_stamp()``. It is
    renewed with every change, in the same transaction: whoever sees a policy sees the
    stamp that stands for it, and what is not committed, or undone, stays its writer's.
    """

    _name = "qualification.policy.mixin"
    _description = "Policy That Processes Keep"

    # Renewed before and after: what is read halfway is kept for nobody else, and not
    # for the rest of this transaction.

    @api.model_create_multi
    def create(self, vals_list):
        self._renew_policy_stamp()
        records = super().create(vals_list)
        self._renew_policy_stamp()
        return records

    def write(self, vals):
        if not self._is_policy(vals.keys()):
            return super().write(vals)
        self._renew_policy_stamp()
        res = super().write(vals)
        self._renew_policy_stamp()
        return res

    def unlink(self):
        self._renew_policy_stamp()
        res = super().unlink()
        self._renew_policy_stamp()
        return res

    def _update_field_translations(self, *args, **kwargs):
        self._renew_policy_stamp()
        res = super()._update_field_translations(*args, **kwargs)
        self._renew_policy_stamp()
        return res

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
