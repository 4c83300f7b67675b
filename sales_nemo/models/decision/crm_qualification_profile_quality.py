from itertools import takewhile

from odoo import fields, models

from ... import scorecard
from ...intervals import get_drift, get_wilson, is_drifting
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
                    for one in card["quality"]["new"]["bins"]
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

        By the facts that were logged when each came into the pipeline; what was not
        known then earns nothing, as it was learnt.

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
        known = [deal for deal in pasts["deals"] if "answers" in deal[2]]
        leads = self.env["crm.lead"].browse([lead_id for lead_id, *_rest in known])
        months, kept = {}, self._get_policy().card
        for lead, (_id, won, past) in zip(leads, self._read_pasts(known), strict=True):
            points = sum(kept.get_points(past.facts).values())
            chance = scorecard.to_chance(card["intercept"] + card["slope"] * points)
            row = scorecard.Row((lead.id,), (), 0.0, 1, int(won), 0)
            month = fields.Date.to_string(lead.date_closed.replace(day=1))
            months.setdefault(month, {})[row] = chance
        whole = {row: months[month][row] for month in months for row in months[month]}
        rows = [
            {
                "month": month,
                "ids": [row.answers[0] for row in chances],
                "predicted": sum(chances.values()) / (len(chances) or 1),
                "won": (won := sum(row.won for row in chances)),
                "bounds": get_wilson(won, len(chances)),
                "z": get_drift([(p, r.won) for r, p in chances.items()], learnt),
            }
            for month, chances in [(None, whole), *sorted(months.items())]
        ]
        return {
            "date": fields.Datetime.to_string(date),
            "is_cut": pasts["is_cut"],
            "quality": whole and scorecard.measure(whole),
            "rows": rows,
            "is_drifting": is_drifting([row["z"] for row in rows]),
        }
