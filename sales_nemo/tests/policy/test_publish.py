"""Drafts, versions and files: what rules is published, and nothing else changes it."""

import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_open

from ...models.policy.policy_content import describe_changes, write_down
from ..common import QualificationCase


class PublishCase(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profiles = cls.env["crm.qualification.profile"].with_user(cls.manager)
        cls.ruling = cls.profile.with_user(cls.manager)

    def change(self):
        """The draft of the profile that rules, as its manager opens it."""
        return self.profiles.browse(self.ruling.action_change()["res_id"])

    def read_file(self, profile):
        return json.loads(base64.b64decode(profile.policy_file))


@tagged("post_install", "-at_install")
class TestPublish(PublishCase):
    def test_what_rules_is_not_changed_directly(self):
        choice = self.size.choice_ids[0]
        for record, values in (
            (self.profile, {"score_min": 5}),
            (self.profile, {"enforcement": "off"}),
            (self.profile, {"criterion_ids": [Command.create({"name": "New?"})]}),
            (self.budget, {"weight": 9}),
            (choice, {"points": 1}),
        ):
            with (
                self.subTest(record=record),
                self.assertRaisesRegex(UserError, "draft"),
            ):
                record.with_user(self.manager).write(values)
        for record in (self.profile, self.budget, choice):
            with self.subTest(gone=record), self.assertRaisesRegex(UserError, "draft"):
                record.with_user(self.manager).unlink()

    def test_what_rules_is_not_changed_by_new_parts(self):
        for model, values in (
            ("criterion", {"name": "New?", "profile_id": self.profile.id}),
            ("choice", {"name": "New", "criterion_id": self.size.id}),
        ):
            parts = self.env[f"crm.qualification.{model}"].with_user(self.manager)
            with self.subTest(model=model), self.assertRaisesRegex(UserError, "draft"):
                parts.create(values)
        draft = self.change()
        with self.assertRaisesRegex(UserError, "draft"):
            draft.criterion_ids[0].profile_id = self.profile

    def test_nor_by_translations(self):
        with self.assertRaisesRegex(UserError, "draft"):
            self.budget.with_user(self.manager).update_field_translations(
                "name", {"en_US": "Money?"}
            )

    def test_the_order_of_profiles_is_free(self):
        self.ruling.write({"sequence": 7, "active": False})
        self.assertEqual((self.profile.sequence, self.profile.active), (7, False))

    def test_only_code_says_that_something_is_published(self):
        with self.assertRaises(AccessError):
            self.profiles.create({"name": "P", "state": "published"})
        with self.assertRaises(AccessError):
            self.change().write({"state": "published"})
        with self.assertRaises(AccessError):
            self.profiles.with_context(default_state="published").create({"name": "P"})

    def test_a_new_profile_rules_nothing(self):
        lead = self.create_lead()
        draft = self.profiles.create({"name": "First"})
        draft.sequence = -5
        lead._review_qualification()
        self.assertEqual(self.create_lead().qualification_profile_id, self.profile)
        self.assertEqual(lead.qualification_profile_id, self.profile)

    def test_a_new_profile_comes_last(self):
        draft = self.profiles.create({"name": "New"})
        others = self.profiles.with_context(active_test=False).search([]) - draft
        self.assertGreater(draft.sequence, max(others.mapped("sequence")))

    def test_a_lead_pinned_to_a_draft_is_not_judged(self):
        lead = self.create_qualified_lead()
        lead.with_user(self.manager).qualification_profile_id = self.profiles.create(
            {"name": "Draft"}
        )
        self.assertEqual(lead.qualification_state, "none")

    def test_a_draft_is_what_it_changes(self):
        draft = self.change()
        self.assertEqual(write_down(draft), write_down(self.profile))
        self.assertFalse(draft.changes)

    def test_one_draft_of_each(self):
        self.assertEqual(self.change(), self.change())

    def test_a_draft_changes_nothing(self):
        lead = self.create_qualified_lead()
        draft = self.change()
        draft.write({"needs_required": 5, "enforcement": "off"})
        draft.criterion_ids[0].requirement = "met"
        self.assertEqual(lead.qualification_state, "ready")
        self.assertEqual(self.profile.needs_required, 1)

    def test_published_it_rules(self):
        lead = self.create_qualified_lead()
        draft = self.change()
        draft.needs_required = 5
        self.assertEqual(draft.publish("More needs"), self.profile.id)
        self.assertEqual(self.profile.needs_required, 5)
        self.assertEqual(lead.qualification_state, "blocked")
        self.assertFalse(draft.exists())

    def test_what_is_archived_is_not_published(self):
        """It would not rule; until it is restored, its draft is kept."""
        draft = self.change()
        self.ruling.active = False
        version = self.ruling.version_ids
        for publish in (
            draft.publish,
            draft.action_publish,
            self.ruling.action_advise,
            version.action_revert,
        ):
            with (
                self.subTest(publish=publish.__name__),
                self.assertRaisesRegex(UserError, "“Strict” is archived: restore it"),
                self.env.cr.savepoint(),
            ):
                publish()
        self.assertTrue(draft.exists())
        self.ruling.active = True
        draft.publish()
        self.assertEqual(self.ruling.version_id.number, 2)

    def test_when_to_give_up_is_part_of_the_policy(self):
        self.assertEqual(self.profile.attempts_max, 0, "never")
        draft = self.change()
        draft.attempts_max = 5
        self.assertIn("Give Up After", str(draft.changes))
        draft.publish()
        self.assertEqual(self.profile.attempts_max, 5)
        self.assertEqual(write_down(self.profile)["attempts_max"], 5)

    def test_a_new_one_rules_when_it_is_published(self):
        draft = self.profiles.create({"name": "Easy", "sequence": -5})
        draft.write({"needs_required": 0, "commitments_required": 0})
        draft.publish()
        self.assertEqual(self.create_lead().qualification_profile_id, draft)

    def test_publishing_keeps_answers(self):
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.size.id, "Medium")
        draft = self.change()
        size = draft.criterion_ids.filtered(lambda c: c.code == self.size.code)
        size.choice_ids.filtered(lambda c: c.name == "Medium").write(
            {"name": "Middle", "points": 70}
        )
        size.name = "How large?"
        draft.publish()
        answer = lead.qualification_answer_ids
        self.assertEqual(answer.criterion_id, self.size)
        self.assertEqual(self.size.name, "How large?")
        self.assertEqual((answer.choice_id.name, answer.points), ("Middle", 0.7))

    def test_what_is_taken_out_keeps_its_answers(self):
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        draft = self.change()
        draft.criterion_ids.filtered(lambda c: c.code == self.budget.code).unlink()
        draft.publish()
        self.assertFalse(self.budget.active)
        self.assertEqual(self.profile.criterion_ids, self.size)
        self.assertEqual(lead.qualification_answer_ids.criterion_id, self.budget)
        self.assertNotIn("Budget?", str(lead.get_qualification_sheet()))

    def test_two_choices_change_their_names(self):
        large, medium, *_rest = self.size.choice_ids
        self.size.requirement = "met"
        draft = self.change()
        content = self.read_file(draft)
        choices = content["criteria"][1]["choices"]
        choices[0]["name"], choices[1]["name"] = "Medium", "Large"
        draft.apply_policy(content)
        draft.publish()
        self.assertEqual((large.name, medium.name), ("Medium", "Large"))

    def test_versions_are_numbered(self):
        for number in (2, 3):
            self.change().publish(f"Note {number}")
        self.assertEqual(self.profile.version_ids.sorted().mapped("number"), [3, 2, 1])
        self.assertEqual(self.profile.version_id.note, "Note 3")
        self.assertEqual(self.profile.version_id.user_id, self.manager)

    def test_versions_are_never_changed(self):
        version = self.profile.version_id.with_user(self.manager)
        for change in (
            lambda: version.write({"content": {}}),
            lambda: version.unlink(),
            lambda: version.create({"profile_id": self.profile.id, "number": 9}),
        ):
            with self.subTest(change=change), self.assertRaises(AccessError):
                change()

    def test_a_version_tells_what_it_changed(self):
        draft = self.change()
        draft.score_min = 30
        draft.criterion_ids[0].weight = 4
        draft.publish()
        self.assertEqual(
            self.profile.version_id.changes,
            "Least Score: – → 30\nBudget?: Weight: 3 → 4",
        )

    def test_decisions_name_the_version(self):
        lead = self.create_qualified_lead()
        self.change().publish()
        lead.convert_opportunity(lead.partner_id)
        self.assertEqual(
            lead.sudo().qualification_decision_id.version_id, self.profile.version_id
        )

    def test_one_click_reverts(self):
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        before = write_down(self.profile)
        draft = self.change()
        draft.needs_required = 5
        draft.criterion_ids.unlink()
        draft.publish()
        self.profile.version_ids.sorted()[-1].with_user(self.manager).action_revert()
        self.assertEqual(write_down(self.profile), before)
        self.assertEqual(lead.qualification_state, "ready")
        self.assertEqual(lead.qualification_answer_ids.criterion_id, self.budget)
        self.assertTrue(self.budget.active)
        self.assertEqual(self.profile.version_id.number, 3)

    def test_check_data_finds_what_was_not_published(self):
        check = self.env["crm.qualification.check"]
        self.assertFalse(check._compare())
        self.env.cr.execute(
            "UPDATE crm_qualification_criterion SET weight = weight + 1"
        )
        self.env.invalidate_all()
        self.assertIn("crm.qualification.profile.version_id", check._compare())

    def test_check_data_finds_nothing_after_each_step(self):
        self.create_qualified_lead()
        check = self.env["crm.qualification.check"]
        draft = self.change()
        draft.needs_required = 2
        draft.criterion_ids[0].unlink()
        self.assertFalse(check._compare())
        draft.publish()
        self.assertFalse(check._compare())
        self.profile.version_ids.sorted()[-1].with_user(self.manager).action_revert()
        self.assertFalse(check._compare())

    def test_reps_publish_nothing(self):
        draft = self.change()
        for work in (
            draft.with_user(self.rep_all).publish,
            draft.with_user(self.rep_all).action_publish,
            self.profile.with_user(self.rep_all).action_change,
            self.profile.with_user(self.rep_all).action_advise,
            self.profile.version_id.with_user(self.rep_all).action_revert,
            lambda: draft.with_user(self.rep_all).apply_policy({"name": "Mine"}),
            lambda: draft.with_user(self.rep_all).import_policy({"name": "Mine"}),
        ):
            with self.subTest(work=work), self.assertRaises(AccessError):
                work()

    def test_lowering_takes_effect_at_once(self):
        self.ruling.action_advise()
        self.assertEqual(self.profile.enforcement, "advise")
        self.assertEqual(self.profile.version_id.content["enforcement"], "advise")
        self.assertEqual(
            self.profile.version_id.changes, "Enforcement: Enforce → Advise"
        )

    def test_what_was_not_published_is_not_switched(self):
        framework = self.profiles.search([("state", "=", "framework")], limit=1)
        for profile in (self.change(), framework):
            for work in (
                profile.action_enforce,
                profile.action_advise,
                profile.action_switch_off,
            ):
                with (
                    self.subTest(work=work),
                    self.assertRaisesRegex(UserError, "not pub"),
                ):
                    work()

    def test_its_name_is_published_too(self):
        with self.assertRaisesRegex(UserError, "draft"):
            self.ruling.name = "Renamed"

    def test_a_team_that_a_profile_is_for_stays(self):
        team = self.env["crm.team"].create({"name": "T"})
        self.profile.team_ids = team
        with self.assertRaisesRegex(UserError, "for this team: Strict"):
            team.with_user(self.manager).unlink()

    def test_a_manager_of_one_company_makes_its_profiles(self):
        self.env["res.company"].create({"name": "Other"})
        framework = self.profiles.search([("state", "=", "framework")], limit=1)
        draft = self.profiles.browse(framework.action_use()["res_id"])
        self.assertEqual(draft.company_id, self.env.company)
        draft.publish()
        with self.assertRaises(AccessError):
            draft.action_change()
            self.profiles.search([("draft_of_id", "=", draft.id)]).apply_policy(
                {"name": "Everybody's"}
            )

    def test_a_framework_becomes_a_draft(self):
        frameworks = self.profiles.search([("state", "=", "framework")])
        self.assertGreaterEqual(len(frameworks), 6)
        for framework in frameworks:
            with self.subTest(framework=framework.name):
                draft = self.profiles.browse(framework.action_use()["res_id"])
                self.assertEqual(draft.state, "draft")
                self.assertEqual(write_down(draft), write_down(framework))
                draft.publish()
                self.assertEqual(write_down(draft), write_down(framework))


@tagged("post_install", "-at_install")
class TestImpact(PublishCase):
    def get_impact(self, draft):
        dialog = self.env["crm.qualification.publish"].with_user(self.manager)
        return dialog.browse(draft.action_publish()["res_id"])

    def test_who_will_be_refused(self):
        ready, blocked = self.create_qualified_lead(), self.create_lead()
        (ready | blocked).flush_recordset()
        draft = self.change()
        draft.needs_required = 2
        dialog = self.get_impact(draft)
        self.assertEqual(dialog.impact["refused"], ready.ids)
        self.assertEqual(dialog.state_count, 1)
        self.assertEqual(ready.qualification_state, "ready", "nothing was published")
        self.assertEqual(draft.needs_required, 2, "the draft is still there")
        found = self.env["crm.lead"].search(
            dialog.action_open_leads("refused")["domain"]
        )
        self.assertEqual(found, ready)

    def test_what_will_take_another_profile(self):
        lead = self.create_lead(city="Ghent")
        self.create_lead(city="Paris")
        draft = self.profiles.create(
            {"name": "Ghent", "lead_domain": "[('city', '=', 'Ghent')]"}
        )
        dialog = self.get_impact(draft)
        self.assertTrue(dialog.is_untaken)
        dialog = dialog.browse(dialog.action_put_first()["res_id"])
        self.assertFalse(dialog.is_untaken)
        self.assertEqual(dialog.impact["profile"], lead.ids)
        dialog.action_publish()
        self.assertEqual(lead.qualification_profile_id, draft)

    def test_no_way_back_to_a_draft_that_is_gone(self):
        dialog = self.get_impact(self.change())
        self.assertEqual(dialog.action_publish()["target"], "main")
        self.assertEqual(self.change().action_discard()["target"], "main")

    def test_looking_changes_nothing_for_the_process(self):
        question = self.env["crm.qualification.criterion"].create(
            {
                "profile_id": self.profile.id,
                "name": "City?",
                "answer_type": "automatic",
                "domain": "[('city', '=', 'Paris')]",
            }
        )
        draft = self.change()
        copied = draft.criterion_ids.filtered(lambda c: c.code == question.code)
        copied.domain = "[('zip', '=', '1000')]"
        lead = self.create_qualified_lead()
        self.assertEqual(lead.qualification_score, 0)
        self.get_impact(draft)
        lead.city = "Paris"
        self.assertGreater(lead.qualification_score, 0)

    def test_a_draft_is_tried_on_history(self):
        draft = self.change()
        draft.criterion_ids[0].requirement = "met"
        policy = draft._get_policy()
        self.assertEqual(
            [q.key for q in policy.questions], self.profile.criterion_ids.ids
        )


@tagged("post_install", "-at_install")
class TestFiles(PublishCase):
    def import_file(self, content):
        text = content if isinstance(content, str) else json.dumps(content)
        dialog = self.env["crm.qualification.import"].with_user(self.manager)
        return dialog.create(
            {"policy_file": base64.b64encode(text.encode()), "file_name": "p.json"}
        ).action_import()

    def test_a_file_makes_the_same_profile(self):
        self.budget.guidance = "Ask."
        content = self.read_file(self.profile)
        draft = self.profiles.browse(self.import_file(content)["res_id"])
        self.assertEqual(draft.state, "draft")
        self.assertEqual(self.read_file(draft), content)

    def test_codes_may_be_left_out(self):
        content = {"name": "P", "criteria": [{"name": "Who?"}, {"name": "Who?"}]}
        draft = self.profiles.browse(self.import_file(content)["res_id"])
        self.assertEqual(draft.criterion_ids.mapped("code"), ["who", "who_2"])

    def test_all_that_is_wrong_is_named_at_once(self):
        content = {
            "name": "P",
            "color": 1,
            "score_min": "much",
            "criteria": [
                {"name": "A?", "answer_type": "guess", "code": "a"},
                {"weight": 1, "code": "a"},
                "B?",
            ],
        }
        with self.assertRaises(UserError) as raised:
            self.import_file(content)
        for words in (
            "“color” is not known",
            "“score_min” has to be a number",
            "criteria 1: “answer_type” has to be one of yes_no, choice",
            "criteria 2: “name” has to be there",
            "criteria 3: this is no object",
            "the code “a” is there twice",
        ):
            self.assertIn(words, str(raised.exception))

    def test_what_records_refuse_is_named_at_once(self):
        content = self.read_file(self.profile)
        content["score_min"] = 500
        content["criteria"][0]["weight"] = -1
        content["criteria"][1]["choices"][0]["points"] = 200
        draft = self.change()
        with self.assertRaises(UserError) as raised:
            draft.apply_policy(content)
        for words in ("least score is a percentage", "weight of 0", "choose 0 to 100"):
            self.assertIn(words, str(raised.exception))
        self.assertEqual(write_down(draft), write_down(self.profile))

    def test_no_json(self):
        deep = '{"name": "x", "y": ' + "[" * 480 + "]" * 480 + "}"
        with self.assertRaises(UserError):
            self.import_file(deep)
        for text in ("{", "[" * 100_000, "\x00"):
            with (
                self.subTest(text=text[:9]),
                self.assertRaisesRegex(UserError, "p.json"),
            ):
                self.import_file(text)

    def test_what_names_records_is_left_out(self):
        team = self.env["crm.team"].create({"name": "T"})
        content = self.read_file(self.profile) | {
            "team_ids": [team.id],
            "lead_domain": f"[('team_id', 'any', [('id', '=', {team.id})])]",
        }
        content["criteria"].append(
            {
                "name": "Theirs?",
                "answer_type": "automatic",
                "domain": "[('country_id', 'in', [21])]",
            }
        )
        action = self.import_file(content)
        left = "Sales Teams, Leads, Theirs?: Filter"
        self.assertIn(left, action["params"]["message"])
        draft = self.profiles.browse(action["params"]["next"]["res_id"])
        self.assertEqual((draft.team_ids.ids, draft.lead_domain), ([], "[]"))

    def test_values_that_no_database_takes(self):
        for content in (
            {"name": "x", "score_min": 10**400},
            {"name": "\ud800"},
            {"name": "x", "criteria": [{"name": "A?", "code": "a" * 20_000}]},
        ):
            with self.subTest(str(content)[:40]), self.assertRaises(UserError):
                self.profiles.import_policy(content)

    def test_filters_with_unknown_fields_are_named(self):
        """They name no record of another database; with all that is wrong."""
        for leaf in (
            "('x_fleet', '=', 5)",
            "('team_id.x_fleet', 'any', [('id', '=', 5)])",
        ):
            content = {"name": "P", "lead_domain": f"[{leaf}]"}
            question = {"name": "Q", "answer_type": "automatic", "domain": f"[{leaf}]"}
            with (
                self.subTest(leaf=leaf),
                self.assertRaisesRegex(UserError, "(?s)x_fleet.*x_fleet"),
            ):
                self.profiles.import_policy(content | {"criteria": [question]})

    def test_filters_by_words_stay(self):
        content = {"name": "P", "lead_domain": "[('country_id.code', '=', 'BE')]"}
        draft = self.profiles.browse(self.import_file(content)["res_id"])
        self.assertEqual(draft.lead_domain, content["lead_domain"])

    def test_texts_in_several_languages(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        content = {
            "name": {"en_US": "Standard", "fr_FR": "Normal"},
            "criteria": [{"name": {"en_US": "Who?", "fr_FR": "Qui ?"}}],
        }
        draft = self.profiles.browse(self.import_file(content)["res_id"])
        french = draft.with_context(lang="fr_FR")
        self.assertEqual(french.criterion_ids.name, "Qui ?")
        self.assertEqual(self.read_file(draft)["name"], content["name"])
        draft.apply_policy({"name": "Only one", "criteria": []})
        self.assertEqual(french.name, "Only one")

    def test_the_example_of_the_docs(self):
        with file_open("sales_nemo/readme/ADMIN.md") as docs:
            text = docs.read()
        content = json.loads(text.split("```json")[1].split("```")[0])
        draft = self.profiles.browse(self.import_file(content)["res_id"])
        self.assertEqual(
            draft.criterion_ids.choice_ids.mapped("code"), ["approved", "none_yet"]
        )

    def test_changes_in_words(self):
        old = {"name": "P", "criteria": [{"name": "A?", "code": "a", "weight": 1}]}
        new = {"name": "P", "criteria": [{"name": "B?", "code": "b", "weight": 1}]}
        lines = describe_changes(self.profiles.browse(), old, new)
        self.assertEqual(lines, ["New: B?", "Taken out: A?"])

    def test_changed_numbers_are_told_as_they_are(self):
        old = {"name": "P", "score_min": 0.5}
        new = {"name": "P", "score_min": 1234567.5}
        [line] = describe_changes(self.profiles.browse(), old, new)
        self.assertIn("0.5 → 1,234,567.5", line)
