from itertools import takewhile

from odoo import fields, models

from ...intervals import get_drift, get_wilson, is_drifting
from ...scorecard import measure
from ..base.calls import on_one


class CrmQualificationProfile(models.Model):
    """How good what was learnt is: out of fold, and since it was published."""

    _inherit = "crm.qualification.profile"

    # No help: without a label it would be the tip of it all.
    quality = fields.Json(
        compute="_compute_quality",
        # the user's own access to leads counts
        compute_sudo=False,
        groups="sales_team.group_sale_manager",
    )

    def _compute_quality(self):
        for profile in self:
            card = profile._get_scorecard()
            profile.quality = card and {
                "learnt": card["learnt"],
                "kinds": card["quality"],
                "bins": [
                    one | {"bounds": get_wilson(one["won"], one["n"])}
                    for one in card["quality"]["shown"]["bins"]
                ],
                "since": profile._get_quality_since(card),
            }

    @on_one
    def action_show_quality(self):
        """Show how good the scorecard is."""
        view = self.env.ref("sales_nemo.crm_qualification_profile_view_form_quality")
        return self._get_records_action(
            name=self.env._("Quality of the Scorecard: %s", self.name),
            views=[(view.id, "form")],
            target="new",
            context={"dialog_size": "large"},
        )

    def _get_quality_since(self, card):
        """What became of the deals that were closed since the card was published.

        By the facts that were logged when each came into the pipeline, and without
        the stage: the chance that was shown then.

        :return: ``{"date", "is_cut", "quality", "rows", "is_drifting"}``: when it was
            published, ``scorecard.measure`` of all, and of all and then of each month:
            which, mean chance, how many were won, Wilson's interval, and the drift
        :rtype: dict
        """
        learnt = card["learnt"]["deals"]
        versions = list(
            takewhile(lambda v: v.content.get("scorecard") == card, self.version_ids)
        )
        date = versions[-1].date if versions else fields.Datetime.now()
        pasts = self._collect_pasts(date, fields.Date.today())
        leads = self.env["crm.lead"].browse(deal[0] for deal in pasts["deals"])
        # of these no chance was shown
        imported = {*leads._filter_imported()._ids}
        known = [
            d for d in pasts["deals"] if "answers" in d[2] and d[0] not in imported
        ]
        leads = leads.browse(lead_id for lead_id, *_rest in known)
        months, whole, kept = {}, [], self._get_policy().card
        for lead, (_id, won, past) in zip(leads, self._read_pasts(known), strict=True):
            whole.append((lead.id, kept.get_chance(past.facts) / 100, won))
            month = fields.Date.to_string(lead.date_closed.replace(day=1))
            months.setdefault(month, []).append(whole[-1])
        rows = [
            {
                "month": month,
                "ids": [lead_id for lead_id, _p, _won in deals],
                "predicted": sum(p for _id, p, _won in deals) / (len(deals) or 1),
                "won": (won := sum(won for _id, _p, won in deals)),
                "bounds": get_wilson(won, len(deals)),
                "z": get_drift([deal[1:] for deal in deals], learnt),
            }
            for month, deals in [(None, whole), *sorted(months.items())]
        ]
        return {
            "date": fields.Datetime.to_string(date),
            "is_cut": pasts["is_cut"],
            "quality": whole and measure((p, 1, won) for _id, p, won in whole),
            "rows": rows,
            "is_drifting": is_drifting([row["z"] for row in rows]),
        }
