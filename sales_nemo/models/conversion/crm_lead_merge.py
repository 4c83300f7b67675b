from contextlib import nullcontext
from dataclasses import replace

from markupsafe import Markup

from odoo import Command, fields, models
from odoo.exceptions import RedirectWarning, UserError

from ... import gate
from ...facts import CONTACT_STATES, Commitment, Need
from ..base.identity import is_name, is_personal
from ..base.qualification_checks_mixin import KEPT
from ..decision.reasons import explain
from ..evidence.incoming_mail import get_person_name
from ..facts.qualification_proof_mixin import NO_PROOF, PROVABLE

# What is one person's; where they differ it is not taken from the other one.
PERSON_FIELDS = (
    "partner_id", "title", "contact_name", "email_from", "function", "phone", "lang_id"
)  # fmt: skip
# What merging takes from others, besides facts.
HELD = [
    "qualification_decision_id",
    "qualification_deadline",
    "qualification_profile_pinned",
]
# Of the decisions of merged opportunities the first of these counts.
OUTCOME_ORDER = ("passed", "settled", "overridden", "flagged", "advised")
# Those that let an opportunity in: each of them one.
LETTING_IN = frozenset({"passed", "settled", "overridden"})


def get_label(record, name):
    """The label of a selection's value, in the reader's language."""
    field = record._fields[name]
    return field.convert_to_export(record[name], record)


def prepare_absorbed_values(kept, others, texts):
    """Values with which one need or commitment holds what others like it hold.

    :param texts: names of the fields whose texts are joined
    """
    values = {}
    for name in texts:
        said = [fact[name] for fact in kept | others if fact[name]]
        text = "\n\n".join(dict.fromkeys(said))
        if text != (kept[name] or ""):
            values[name] = text
    proven = others.filtered("has_proof")[:1]
    if proven and not kept.has_proof:
        values["message_id"] = proven.message_id.id
        values["event_id"] = proven.event_id.id
    return values


class CrmLead(models.Model):
    """Merging: facts follow the record that stays, and the gate judges what it is.

    Merging into a running opportunity is allowed. A lead that would come back to life
    inside a lost opportunity is judged like any other, on the merged facts.
    """

    _inherit = "crm.lead"

    merged_lead_ids = fields.Char(
        help="Ids of the records that were merged into this one, with commas round "
        "each: who writes to one of them is told where it is.",
        **KEPT,
    )

    def _merge_opportunity(
        self, user_id=False, team_id=False, auto_unlink=True, max_length=5
    ):
        """Merge as Odoo does, and judge leads that get into a closed opportunity.

        :raise UserError: they don't pass, and nothing is merged; its ``refused`` is
            what ``_log_refusals`` takes
        """
        leads = self.filtered(lambda lead: lead.type == "lead")
        opportunities = self - leads
        is_judged = leads and opportunities and not opportunities._filter_running()
        # sudo: decisions and pins are the gate's
        before = {} if auto_unlink else self.sudo().read(HELD, load=None)
        # there is code that swallows errors and goes on: nothing stays half merged
        with self.env.cr.savepoint() if is_judged else nullcontext():
            merged = super()._merge_opportunity(
                user_id, team_id, auto_unlink, max_length
            )
            if before:
                [held] = [one for one in before if one.pop("id") == merged.id]
                (self - merged).sudo()._release_merged(merged.sudo(), held)
            # sudo: who may merge the leads may merge their facts
            merged.sudo()._drop_proofs_of_others()
            if is_judged:
                merged._guard_merged()
        merged._facts_changed()
        return merged

    def _preview_merge(self):
        """What merging these would give: the checks in words, and what stays."""
        # sudo: as in _merge_dependences
        leads = self.sudo()._sort_by_confidence_level(reverse=True)
        head, parts = leads[0], leads._collect_facts(if_open=True)
        own = [parts[lead.id] for lead in leads._filter_completing()]
        told = leads._get_answers_by_criterion().values()
        said = sorted((a for t in told for a in t.values()), key=lambda a: a.precedence)
        known = {head.id: {answer.criterion_id: answer for answer in said}}
        kept = {"qualification_answer_ids": leads.qualification_answer_ids.criterion_id}
        for name in ("qualification_need_ids", "qualification_commitment_ids"):
            entered = leads[name].sorted(lambda fact: fact._get_precedence())
            kept[name] = {one._get_identity(): one for one in entered}.values()
        _criteria, needs, promises = kept.values()
        if head._filter_doubting():
            # what a person has to confirm first
            needs, promises = (
                [one for one in told if one.origin != "agent"]
                for told in (needs, promises)
            )
        facts = replace(
            head._collect_facts(known=known, if_open=True)[head.id],
            has_person=any(part.has_person for part in own),
            has_address=any(part.has_address for part in own),
            contact=max(
                (part.contact for part in parts.values()),
                key=lambda contact: CONTACT_STATES.index(contact.state),
            ),
            needs=tuple(Need(one.name, one.state) for one in needs),
            commitments=tuple(
                Commitment(one.name, one.state, one.date_deadline) for one in promises
            ),
        )
        verdicts = head._get_verdicts({head.id: facts}).values()
        checks = [check for _facts, verdict in verdicts for check in verdict.checks]
        for name, stay in kept.items():
            label = self._fields[name]._description_string(self.env)
            texts = ", ".join(one.name for one in stay)
            checks.append(gate.Check(name, texts and "kept", texts, name=label))
        return [explain(self.env, check) for check in checks if check.state]

    def _drop_proofs_of_others(self):
        """What somebody else said on a merged record proves nothing about this one."""
        for name in PROVABLE:
            mine = [("lead_id", "=", self.id), ("active", "=", True)]
            facts = self.env[name].search(mine)
            if unproven := facts._filter_unproven():
                unproven.write(NO_PROOF)

    def _release_merged(self, head, held):
        """What counts for the head now doesn't count for merged records that stay.

        Else one decision would let in any number of opportunities, and one profile
        that a manager chose would judge any number of leads.

        :param head: the record that these were merged into
        :param dict held: what it held before of ``HELD``
        """
        was_pinned = held.pop("qualification_profile_pinned")
        decision = head.qualification_decision_id
        if (
            decision.outcome in LETTING_IN
            and decision.id != held["qualification_decision_id"]
        ):
            # a flag goes the other way: somebody has still to pass
            self.filtered(lambda o: o.qualification_decision_id == decision).write(held)
        if head.qualification_profile_pinned and not was_pinned:
            profile = head.qualification_profile_id
            self.filtered(
                lambda lead: (
                    lead.qualification_profile_pinned
                    and lead.qualification_profile_id == profile
                )
            ).qualification_profile_pinned = False

    def _merge_data(self, fnames=None):
        """What says who the contact is or how to reach them is one person's."""
        data = super()._merge_data(fnames)
        own = self._filter_completing()
        if own == self:
            return data
        names = [name for name in PERSON_FIELDS if name in data]
        return data | super(CrmLead, own)._merge_data(names)

    def _filter_completing(self):
        """Those of these leads that complete each other in who the contact is.

        Where no profile enforces, all: Odoo's merging stays as it is.
        """
        is_enforced = any(lead._is_enforced() for lead in self)
        return self._filter_same_person() if is_enforced else self

    def _filter_same_person(self):
        """Those of these leads that are not known to be about somebody else.

        Than the first one whose person is known: a contact, a name, an address.
        """

        def get_words(lead):
            email, name = lead.email_normalized, lead.contact_name
            return email, is_name(name) and name.casefold().split()

        def is_same(lead):
            (email, name), (own_email, own_name) = get_words(lead), get_words(head)
            if email == own_email and is_personal(email):
                return True
            both, named = lead.partner_id | head.partner_id, name and own_name
            if lead.partner_id and head.partner_id:
                # Ann, written at her company, may be Ann
                is_told = named and both.filtered("is_company")
                if not is_told:
                    return len(both) == 1
            if named:
                return name == own_name
            return not (email and own_email) or email == own_email

        known = self.filtered(lambda x: x.partner_id or any(get_words(x)))
        head = known[:1]
        return self.filtered(is_same) if head else self

    def _merge_people(self, leads):
        """Who was the contact of a merged lead is one of the people of this one.

        :param leads: this one and those that are merged into it, in Odoo's order
        """
        own = leads._filter_same_person()
        customer = own.partner_id[:1]
        known = customer | self.sudo().qualification_role_ids.partner_id
        people = self.env["res.partner"]
        for lead in leads - own:
            person = lead._find_matching_partner()
            if not person or person.is_company:
                person = lead._make_person(customer.commercial_partner_id, people)
            people |= person
        people = people.filtered(lambda one: one.partner_share and not one.is_company)
        # sudo: who may merge the leads may keep their people
        self.sudo().qualification_role_ids = [
            Command.create({"partner_id": person.id, "role": "other"})
            for person in people - known
        ]

    def _make_person(self, account, people):
        """Who is only text on this lead becomes a contact, if it is merged by hand.

        Mass conversion and assignment only tell it in the chatter, as Odoo does.

        :param account: ``res.partner``, whose deal it is; empty: nobody's yet
        :param people: ``res.partner``, where the person may be already
        """
        email = is_personal(self.email_normalized) and self.email_normalized
        name = is_name(self.contact_name) and self.contact_name
        name = name or get_person_name(self.email_from or "") or email
        if not (name and account and self.env.context.get("qualification_by_hand")):
            return people.browse()
        company = self._find_account()
        if not self.partner_name:
            company = company or account.filtered("is_company")
        known = (people | company.child_ids).filtered(
            lambda one: (one.name or "").casefold() == name.casefold()
        )
        values = self._prepare_customer_values(name, parent_id=company.id)
        return known[:1] or people.create(values)

    def _refuse_merged(self):
        """Say into which record these, which are gone, were merged.

        :raise RedirectWarning: names it and offers to open it
        """
        leads = self.with_context(active_test=False)
        merged = [("merged_lead_ids", "like", f",{min(self.ids)},")]
        # if the user may see it: else they are gone
        if head := leads.search(merged, limit=1):
            raise RedirectWarning(
                self.env._(
                    "It was merged into “%s” a moment ago: write it there.", head.name
                ),
                head._get_records_action(),
                self.env._("Open it"),
            )

    def _guard_merged(self):
        """A lead merged into a closed opportunity comes back only if it passes.

        :raise UserError: it doesn't, see ``_merge_opportunity``
        """
        self._compute_again("qualification_profile_id")
        verdicts = self._get_verdicts(self._collect_facts(if_open=True))
        entries, refused = self._split_by_verdict(verdicts)
        if refused:
            error = UserError(self._explain_refusal(refused))
            error.refused = refused
            raise error
        self._decide(entries, "merge")

    def _merge_dependences(self, opportunities):
        """Facts, roles and decisions follow the record that stays, without doubles.

        What is folded away is noted in its chatter.
        """
        res = super()._merge_dependences(opportunities)
        # sudo: who may merge the leads may merge their facts; the log is the gate's
        head, tail = self.sudo(), opportunities.sudo()
        notes = head._merge_decisions(tail)
        head._merge_pinned_profile(tail)
        notes += head._merge_answers(tail)
        tail.qualification_role_ids._move_to(head)
        ids = [f"{one.merged_lead_ids or ','}{one.id}," for one in tail]
        head.merged_lead_ids = (head.merged_lead_ids or "") + "".join(ids)
        self._merge_people(self | opportunities)
        wrong = filter(None, (head | tail).mapped("wrong_phone"))
        head.wrong_phone = next(wrong, False)
        everybody = head | tail
        notes += head._merge_facts(everybody.qualification_need_ids, ["detail"])
        notes += head._merge_facts(everybody.qualification_commitment_ids)
        for name in (*PROVABLE, "crm.lead.role"):
            # what is withdrawn follows, too, as it is
            facts = head.env[name].with_context(active_test=False)
            facts.search([("lead_id", "in", tail.ids)]).lead_id = head
        tail.qualification_decision_ids.write({"lead_id": head.id})
        if notes:
            self._message_log(
                body=Markup("<p>%s</p><ul>%s</ul>")
                % (
                    self.env._("Merged, and of two that differ only one stays:"),
                    Markup().join(Markup("<li>%s</li>") % note for note in notes),
                )
            )
        return res

    def _merge_dependences_history(self, opportunities):
        """Odoo moves messages one by one; what they prove is read once, after all."""
        with self._noting_changed() as changed:
            res = super()._merge_dependences_history(opportunities)
        for model, ids in sorted(changed.items()):
            # sudo: the state of a lead doesn't depend on who merges
            self.env[model].sudo().browse(ids)._contact_changed()
        return res

    def _merge_dependences_calendar_events(self, opportunities):
        """Hidden and cancelled meetings follow, too, and those linked as documents."""
        # sudo: meetings are evidence, whoever may see them
        head = self.sudo().with_context(active_test=False)
        res = super(CrmLead, head)._merge_dependences_calendar_events(opportunities)
        left = head.env["calendar.event"].search(
            [("res_model", "=", self._name), ("res_id", "in", opportunities.ids)]
        )
        if left:
            left.res_id = self.id
        return res

    def _merge_decisions(self, tail):
        """Choose the decision that counts for several opportunities that become one.

        The best of the running ones: whoever merges a flagged opportunity with one
        that passed gets what passed, whichever of the two Odoo keeps. Those that were
        lost don't count, else they would clean a flag with facts of long ago.

        :return: what to note about the others
        :rtype: list[str]
        """
        opportunities = (self | tail).filtered(lambda o: o.type == "opportunity")
        decided = opportunities._filter_running().filtered("qualification_decision_id")
        if self.type != "opportunity" or len(opportunities) < 2 or not decided:
            return []
        best = min(
            decided.qualification_decision_id,
            key=lambda decision: OUTCOME_ORDER.index(decision.outcome),
        )
        own = self.qualification_decision_id
        if own.outcome == "flagged" and self._get_unready():
            # what passed stands where less is asked for
            best = own
        deadlines = [o.qualification_deadline for o in decided]
        # merging doesn't put a deadline off
        deadline = best.outcome == "flagged" and min(
            filter(None, deadlines), default=False
        )
        notes = [
            self.env._(
                "Decision on “%(opportunity)s”: %(other)s. This opportunity is: "
                "%(counts)s.",
                opportunity=opportunity.name,
                other=get_label(opportunity.qualification_decision_id, "outcome"),
                counts=get_label(best, "outcome"),
            )
            for opportunity in decided
            if opportunity.qualification_decision_id.outcome != best.outcome
        ]
        self.qualification_decision_id = best
        self.qualification_deadline = deadline
        return notes

    def _merge_pinned_profile(self, tail):
        """A profile that a manager chose is kept, as long as the company may use it."""
        pinned = tail.filtered("qualification_profile_pinned")
        if self.qualification_profile_pinned or not pinned:
            return
        profile = pinned[0].qualification_profile_id
        company = (self | tail).company_id[:1]
        if profile.company_id <= company:
            self.qualification_profile_id = profile

    def _merge_answers(self, tail):
        """The newer answer stays, with the older one in its history.

        :return: what else was noted about the older ones
        :rtype: list[str]
        """
        answers = (self | tail).qualification_answer_ids
        noted = {
            answer: f"{answer.criterion_id.name}: {answer.note}"
            for twins in answers.grouped("criterion_id").values()
            for answer in twins
            if len(twins) > 1 and answer.note
        }
        tail.qualification_answer_ids._move_to(self)
        if not noted:
            return []
        kept = answers.exists()
        return [note for answer, note in noted.items() if answer not in kept]

    def _merge_facts(self, facts, texts=()):
        """Needs or commitments follow; those that say the same become one.

        :param facts: of this record first, then of those that are merged into it
        :param texts: names of the fields whose texts are all kept
        :return: what to note about those that are gone
        :rtype: list[str]
        """
        gone, notes = facts.browse(), []
        if facts.lead_id <= self:
            return notes
        for twins in facts.grouped(lambda fact: fact._get_identity()).values():
            kept = max(twins, key=lambda fact: fact._get_precedence())
            others = twins - kept
            if not others:
                continue
            gone |= others
            if values := prepare_absorbed_values(kept, others, texts):
                kept.write(values)
            notes += [
                self.env._(
                    "“%(name)s” on “%(lead)s”: %(other)s. Here it is: %(counts)s.",
                    name=fact.name,
                    lead=fact.lead_id.name,
                    other=get_label(fact, "state"),
                    counts=get_label(kept, "state"),
                )
                for fact in others
                if fact.state != kept.state
            ]
        gone.unlink()
        (facts - gone).filtered(lambda fact: fact.lead_id != self).lead_id = self
        return notes
