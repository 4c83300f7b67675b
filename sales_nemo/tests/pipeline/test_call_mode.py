"""Call mode: leads of a list are worked through one by one."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestCallMode(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.bob, cls.cec = (
            cls.create_lead(name, contact_name=name, phone="+32 2 555 12 34")
            for name in ("Ann", "Bob", "Cec")
        )
        # not in the order of any list
        cls.work = cls.bob | cls.ann | cls.cec
        cls.work.action_work_through()

    def get(self, step=0, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.leads.with_user(user or self.rep).get_call_round(step)

    def get_name(self, step=0, user=None):
        lead = self.leads.browse(self.get(step, user)["lead"] or [])
        return lead.sudo().name

    def test_one_after_the_other_in_the_lists_order(self):
        first = self.get()
        self.assertEqual((first["position"], first["ids"]), (0, self.work.ids))
        self.assertEqual(first["lead"], self.bob.id)
        self.assertEqual([self.get_name(1), self.get_name(1)], ["Ann", "Cec"])
        self.assertEqual(self.get_name(-1), "Ann")
        self.assertEqual(self.get()["position"], 1)

    def test_before_the_first_there_is_none(self):
        self.assertEqual(self.get_name(-1), "Bob")

    def test_who_comes_back_is_where_they_were(self):
        self.get(1)
        self.work.action_work_through()
        self.assertEqual(self.get_name(), "Ann")
        (self.cec | self.bob).action_work_through()
        self.assertEqual(self.get_name(), "Cec", "others are begun anew")

    def test_passes_over_what_a_colleague_opened_lately(self):
        self.get()
        self.work.with_user(self.rep_all).action_work_through()
        self.assertEqual(self.get_name(user=self.rep_all), "Ann")
        self.assertEqual(self.get_name(1), "Cec")
        self.assertEqual(self.get_name(user=self.rep_all), "Ann")
        self.assertEqual(self.get_name(-1, user=self.rep_all), "Bob", "it is free")

    def test_after_a_quarter_of_an_hour_it_is_free(self):
        self.get()
        settings = self.rep.sudo().res_users_settings_id
        settings.call_date -= timedelta(minutes=16)
        self.work.with_user(self.rep_all).action_work_through()
        self.assertEqual(self.get_name(user=self.rep_all), "Bob")

    def test_nothing_is_written_on_the_lead(self):
        self.env.flush_all()
        before = self.bob.read(["write_date", "write_uid", "message_ids"])
        version = "SELECT xmin, xmax, ctid FROM crm_lead WHERE id = %s"
        self.env.cr.execute(version, self.bob.ids)
        row = self.env.cr.fetchone()
        self.get()
        self.get(1)
        self.assertEqual(
            self.bob.read(["write_date", "write_uid", "message_ids"]), before
        )
        self.env.cr.execute(version, self.bob.ids)
        self.assertEqual(self.env.cr.fetchone(), row)

    def test_passes_over_what_was_closed_converted_or_given_away(self):
        self.get()
        dan = self.create_qualified_lead("Dan")
        eve = self.create_lead("Eve")
        (self.work | dan | eve).action_work_through()
        self.get()
        self.ann.action_set_lost()
        self.cec.sudo().user_id = self.manager
        dan.convert_opportunity(False)
        self.assertEqual(self.get_name(1), "Eve")
        eve.sudo().unlink()
        self.assertFalse(self.get_name())

    def test_after_the_last_one_it_may_begin_anew(self):
        self.get(1)
        self.get(1)
        end = self.get(1)
        self.assertEqual((end["position"], end["lead"]), (3, False))
        self.assertEqual(self.get_name(-1), "Cec")
        self.get(1)
        self.work.action_work_through()
        self.assertEqual(self.get_name(), "Bob")

    def test_an_opportunity_is_worked_through_too(self):
        deal = self.create_qualified_lead("Deal")
        deal.convert_opportunity(False)
        deal.sudo().date_conversion -= timedelta(days=2)
        deal.action_work_through()
        self.assertEqual(self.get_name(), "Deal")

    def test_at_most_two_hundred_open_ones(self):
        many = self.leads.create([{"name": str(n), "type": "lead"} for n in range(205)])
        many[0].action_set_lost()
        many.action_work_through()
        self.assertEqual(len(self.get()["ids"]), 200)
        self.assertEqual(self.get_name(), "1")

    def test_of_nothing_open_it_says_so(self):
        self.work.action_set_lost()
        with self.assertRaisesRegex(UserError, "None of these is open"):
            self.work.action_work_through()

    def test_without_a_selection_there_is_nothing(self):
        nothing = self.get(user=self.rep_all)
        self.assertEqual((nothing["ids"], nothing["lead"]), ([], False))

    def test_only_what_one_may_see(self):
        theirs = self.create_lead("Theirs", user=self.manager, user_id=self.manager.id)
        (theirs | self.bob).with_user(self.rep).action_work_through()
        self.assertEqual(self.get()["ids"], self.bob.ids)
        with self.assertRaises(AccessError):
            self.get(user=self.clerk)
        with self.assertRaises(AccessError):
            self.work.with_user(self.clerk).action_work_through()

    def test_where_one_is_is_no_setting_that_clients_read_or_write(self):
        self.get()
        settings = self.rep.sudo().res_users_settings_id.with_user(self.rep)
        self.assertNotIn("call_round", settings._res_users_settings_format())
        for values in ({"call_round": "x"}, {"call_date": "2026-05-04 10:00:00"}):
            with self.assertRaises(AccessError):
                settings.write(values)
