from odoo import api, models
from odoo.fields import Domain

from ..base.calls import on_one

# Leads that are judged by a draft before it is published, the newest ones.
MOST_JUDGED = 10_000
BATCH = 500
FAILING = ("blocked", "disqualified")


class CrmQualificationProfile(models.Model):
    """What publishing a draft would change for the open leads."""

    _inherit = "crm.qualification.profile"

    @on_one
    def action_publish(self):
        """Show what a draft changes, and for whom; publishing is one click there.

        :raise AccessError: the user may not change profiles
        :raise UserError: it is no draft
        """
        self.check_access("write")
        self._check_changeable()
        dialog = self.env["crm.qualification.publish"].create(
            {"profile_id": self.id, "impact": self._get_impact()}
        )
        return dialog._get_records_action(
            name=self.env._("Publish %s", self.name), target="new"
        )

    def _get_impact(self):
        """What would be different for the newest open leads, if this draft ruled.

        It rules for a moment, they are judged, and all of it is undone: what judges
        them then is what will judge them. The user's access to leads counts.

        :return: ids of leads by what changes: ``profile``, ``state``, ``grade``, and
            ``refused``: leads that will be refused from now on; ``takes``: how many
            will take this profile; ``judged``: how many were judged; ``open``: how many
            there are
        :rtype: dict
        """
        open_leads = Domain("won_status", "=", "pending")
        leads = self.env["crm.lead"].search(
            open_leads, order="id desc", limit=MOST_JUDGED
        )
        before = self._get_standing(leads)
        with self._as_published() as published:
            for start in range(0, len(leads), BATCH):
                # sudo: verdicts are written by code only
                leads[start : start + BATCH].sudo()._review_qualification()
            after = self._get_standing(leads)
        impact = {
            key: [id_ for id_ in leads._ids if before[id_][key] != after[id_][key]]
            for key in ("profile", "state", "grade")
        }
        refused = [id_ for id_ in leads._ids if after[id_]["refused"]]
        impact["refused"] = [id_ for id_ in refused if not before[id_]["refused"]]
        takes = [id_ for id_ in leads._ids if after[id_]["profile"] == published.id]
        return impact | {
            "takes": len(takes),
            "judged": len(leads),
            "open": self.env["crm.lead"].search_count(open_leads),
        }

    @api.model
    def _get_standing(self, leads):
        """What is stored of the verdict on each lead.

        :return: ``{id: {"profile", "state", "grade", "refused"}}``; refused: the gate
            would not let it through
        :rtype: dict
        """
        # sudo: of the user's own leads, whatever company their profile is of
        leads = leads.sudo()
        enforcing = leads.qualification_profile_id.filtered(
            lambda profile: profile._get_policy().enforcement == "enforce"
        )
        return {
            lead.id: {
                "profile": lead.qualification_profile_id.id,
                "state": lead.qualification_state,
                "grade": lead.qualification_grade,
                "refused": lead.type == "lead"
                and lead.qualification_state in FAILING
                and lead.qualification_profile_id in enforcing,
            }
            for lead in leads
        }
