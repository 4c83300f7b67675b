from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import split_every

from ... import backtest
from ...facts import OPEN_ANSWERS
from ...scorecard import Question, learn
from ..base.calls import on_one
from ..policy.policy_content import write_down

BATCH = 1000
# Of what was flagged, or never a lead, most was found out after the decision.
LET_THROUGH = ("passed", "overridden", "advised")
# What of all that was found the profile keeps.
KEPT = (
    "points",
    "means",
    "intercept",
    "slope",
    "stages",
    "bands",
    "gain",
    "gain_error",
    "quality",
)


class CrmQualificationProfile(models.Model):
    """Weights and points of a profile, learnt from the records that were closed."""

    _inherit = "crm.qualification.profile"

    @on_one
    def action_propose_weights(self):
        """Learn from history what answers were worth; what is gained becomes a draft.

        :raise AccessError: the user may not change profiles
        :raise UserError: it is not published, or there is a draft of it already
        """
        self._check_weights_proposable()
        proposal = self.env["crm.qualification.proposal"].create(
            {"profile_id": self.id}
        )
        proposal._learn_or_plan()
        return proposal._get_records_action(
            name=self.env._("Weights from History: %s", self.name),
            target="new",
            context={"dialog_size": "extra-large"},
        )

    def _check_weights_proposable(self):
        self.check_access("write")
        self._check_published()
        if self.draft_ids:
            raise UserError(
                self.env._(
                    "There is a draft of “%s” already: publish or discard it first. "
                    "What history says would become another one.",
                    self.name,
                )
            )

    def _propose_weights(self, progress):
        """Learn, and make a draft where something is gained.

        The user's access to leads counts.

        :param progress: is told how many percent of the work are done
        :return: what ``scorecard.learn`` gave; ``"questions"``: name, weight before and
            after, records of whom the answer was known and was not, with how many of
            these were won; ``"refused"``: refusals without an outcome;
            ``"draft_id"``, or None
        :rtype: dict
        """
        leads = self._find_closed()
        ids, history, moves, values, done = leads.ids, {}, {}, {}, 0
        for batch in split_every(BATCH, ids, leads.browse):
            closed = dict(zip(batch.ids, self._read_closed(batch), strict=True))
            for answers, is_won in closed.values():
                _count(history, answers, is_won)
            for lead_id, log_odds in batch._get_moves():
                _count(moves, (closed[lead_id][0], log_odds), closed[lead_id][1])
            for lead_id, known in batch._get_scored_values():
                _count(values, (closed[lead_id][0], known), closed[lead_id][1])
            done += len(batch)
            progress(50 * done / len(ids))
        known = history, lambda share: progress(50 + 50 * share), moves, values
        found = learn(self._get_questions(), *known)
        content = write_down(self)
        found["questions"] = [
            {"name": item["name"], "before": item["weight"]}
            | _count_known(history, place)
            for place, item in enumerate(content["criteria"])
        ]
        refused = Domain("profile_id", "=", self.id) & Domain("outcome", "=", "refused")
        pending = Domain("lead_id.won_status", "=", "pending")
        found["refused"] = self.env["crm.qualification.decision"].search_count(
            refused & (pending | Domain("lead_id", "=", False))
        )
        found["draft_id"] = None
        if found["result"] == "learnt":
            self._check_weights_proposable()
            found["draft_id"] = self._make_draft(_learnt(content, found), self).id
        for item, question in zip(content["criteria"], found["questions"], strict=True):
            question["after"] = item["weight"]
        return found

    def _find_closed(self, limit=None):
        """Closed records that the user may see, archived ones too."""
        return (
            self.env["crm.lead"]
            .with_context(active_test=False)
            .search(
                [
                    ("qualification_profile_id", "=", self.id),
                    ("won_status", "in", ("won", "lost")),
                ],
                order="id",
                limit=limit,
            )
        )

    def _get_questions(self):
        """The criteria as ``scorecard.learn`` takes them."""
        criteria = self.criterion_ids.filtered("active").sorted()
        total = sum(criteria.mapped("weight")) or 1
        return [
            Question(
                criterion.code,
                100 * criterion.weight / total,
                {c.code: c.points / 100 for c in criterion._get_earning_choices()}
                if criterion.answer_type == "choice"
                else {"met": 1.0},
                # another choice that meets it would change what is required
                is_fixed=criterion.requirement == "met",
                is_ordered=criterion.is_ordered,
            )
            for criterion in criteria
        ]

    def _read_closed(self, leads):
        """What was known of closed records: at the decision, else at their closing.

        :return: of ``(answers as scorecard.learn takes them, is won)``
        """
        criteria = self.criterion_ids.filtered("active").sorted()
        logged = self._get_logged_facts(leads, LET_THROUGH, "answers", ("create",))
        leads.fetch(["won_status"])
        others = leads.filtered(lambda lead: lead.id not in logged)
        known = others._get_answers_by_criterion(until=others._get_hindsight())
        automatic = {
            question.key: others._answer_automatically(question)
            for question in self._get_policy().questions
            if question.automatic
        }
        graded = {}
        for lead in leads:
            if lead.id in logged:
                past = backtest.read_snapshot(logged[lead.id]).facts.answer_by_key
                answers = [
                    criterion._get_past_key(past.get(criterion.id), graded)
                    for criterion in criteria
                ]
            else:
                filtered = {key: one[lead.id] for key, one in automatic.items()}
                facts = known[lead.id] | filtered
                answers = [c._get_known_key(facts.get(c.id)) for c in criteria]
            yield tuple(answers), lead.won_status == "won"


class CrmQualificationCriterion(models.Model):
    """What an answer is called in what is learnt: its choice's code, or "met"."""

    _inherit = "crm.qualification.criterion"

    def _get_earning_choices(self):
        return self.choice_ids.filtered(lambda c: c.active and not c.is_disqualifying)

    def _get_known_key(self, answer):
        """:param answer: ``KnownAnswer``, ``Answer``, or None"""
        if answer is None or answer.state in OPEN_ANSWERS:
            return None
        if choice_id := getattr(answer, "choice_id", None):
            return self.choice_ids.browse(choice_id).code
        return "met" if answer.state == "met" else "not_met"

    def _get_past_key(self, answer, graded):
        """:param answer: ``Answer`` of the log, or None
        :param dict graded: what was graded before; grows
        """
        if answer is None or answer.state in OPEN_ANSWERS:
            return None
        asked = self.id, answer.state, answer.value
        if asked not in graded:
            if self.answer_type == "choice":
                found = self._parse_choice(answer.value) or {}
                # what the choice is called now nobody knows
                code = self.choice_ids.browse(found.get("choice_id")).code
                graded[asked] = code or None
            else:
                graded[asked] = self._get_known_key(self._grade_past_answer(answer))
        return graded[asked]


def _count(history, key, is_won):
    count, won = history.get(key, (0, 0))
    history[key] = count + 1, won + is_won


def _count_known(history, place):
    """Records with and without an answer to a question: how many, and of these won."""
    sums = {True: [0, 0], False: [0, 0]}
    for answers, (count, won) in history.items():
        found = sums[answers[place] is not None]
        found[0] += count
        found[1] += won
    return {"known": sums[True], "unknown": sums[False]}


def _learnt(content, found):
    """A policy with what was learnt, changed in place."""
    for item in content["criteria"]:
        points = found["points"][item["code"]]
        best = max(points.values(), default=0)
        if item["answer_type"] == "choice" and item["requirement"] == "met":
            shares = {c["code"]: c["points"] / 100 for c in item["choices"]}
            earning = [code for code in shares if points.get(code)]
            best = max((points[code] / shares[code] for code in earning), default=0)
        elif best:
            for choice in item["choices"]:
                if choice["code"] in points:
                    choice["points"] = 100 * points[choice["code"]] / best
        item["weight"] = best
    content["scorecard"] = {name: found[name] for name in KEPT} | {
        "learnt": {
            "date": fields.Date.to_string(fields.Date.today()),
            "deals": found["deals"],
            "won": found["won"],
        },
    }
    return content
