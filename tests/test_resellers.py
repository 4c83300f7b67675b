"""Odoo's resellers: portal users who work on leads of ours, and may say whose they are.

As they work: over HTTP, in a session of their own.
"""

import json

import pytest
import requests

from dev import databases, odoo_command, postgres, serving

pytestmark = pytest.mark.verify

CUSTOMER, RESELLER, OFFICE = (
    "ann@customer.example",
    "pat@reseller.example",
    "info@reseller.example",
)
# Leads of a customer's, assigned to a reseller; a test each.
LEADS = (
    "address accept decline update won post account mail office left meeting "
    "customer assigned"
).split()
PREPARE = f"""
import json
from odoo.tests import new_test_user

def portal_user(login, email, account):
    user = new_test_user(env, login, groups="base.group_portal", email=email)
    user.partner_id.parent_id = account
    return user.partner_id

grade = env["res.partner.grade"].create({{"name": "Gold"}})
reseller, account = env["res.partner"].create([
    {{"name": "Reseller", "is_company": True, "email": "{OFFICE}",
      "grade_id": grade.id}},
    {{"name": "Customer", "is_company": True}},
])
pat = portal_user("reseller", "{RESELLER}", reseller)
pat.grade_id = grade
ann = portal_user("customer", "{CUSTOMER}", account)
ben = ann.create({{"name": "Ben", "email": "b@x.example", "parent_id": account.id}})
rep = new_test_user(env, "rep", groups="sales_team.group_sale_salesman_all_leads")
leads = {{
    name: env["crm.lead"].with_user(rep).create({{
        "name": name, "type": "lead", "contact_name": "Ann",
        "email_from": "{CUSTOMER}", "partner_assigned_id": pat.id,
    }})
    for name in {LEADS}
}}
opportunity = leads["won"].with_user(rep).create({{
    "name": "Direct", "type": "opportunity", "partner_assigned_id": pat.id,
}})
leads["customer"].partner_id = ann
leads["account"].partner_id = ben
env.cr.commit()
ids = {{name: lead.id for name, lead in leads.items()}}
ids |= {{"opportunity": opportunity.id, "pat": pat.id, "account_id": account.id}}
print(json.dumps(ids))
"""
OURS = """
import json
print(json.dumps(sorted(
    name for name, field in env["{model}"]._fields.items()
    if "sales_nemo" in field._modules[:1]
)))
"""
MAIL = """
from odoo.tools import formataddr
mail = "\\r\\n".join([
    "From: " + formataddr(("Somebody", "{sender}")), "To: us@company.example",
    "Subject: Re: a lead", "Message-ID: <{sender}-{lead}@there.example>",
    "MIME-Version: 1.0", "Content-Type: text/plain", "", "Call me",
])
env["mail.thread"].message_process("crm.lead", mail, thread_id={lead})
env.cr.commit()
"""
MEETING = """
rep = env["res.users"].search([("login", "=", "rep")])
env["calendar.event"].create({{
    "name": "Talk", "start": "2026-01-02 10:00:00", "stop": "2026-01-02 11:00:00",
    "opportunity_id": {lead}, "partner_ids": [(6, 0, [rep.partner_id.id, {guest}])],
}})
env.cr.commit()
"""
ASSIGN = """
env["crm.lead"].browse({lead}).partner_assigned_id = {partner}
env.cr.commit()
"""
WHITELIST = """
env["ir.model.fields"].with_user(env.ref("base.user_admin")).formbuilder_whitelist(
    "crm.lead", ["qualification_profile_id"])
print(env["crm.qualification.profile"].create({{"name": "Easy"}}).id)
env.cr.commit()
"""
REFUSE = """
env["crm.qualification.profile"].search([]).direct_policy = "{policy}"
print(env["crm.team"].create({{"name": "Deals", "use_leads": False}}).id)
env.cr.commit()
"""
DETAILS = {
    "expected_revenue": 5.0,
    "probability": 30.0,
    "priority": "2",
    "date_deadline": False,
    "activity_date_deadline": False,
    "activity_type_id": False,
    "activity_summary": False,
}


class Portal(requests.Session):
    """The session of a portal user."""

    def __init__(self, address, database, login):
        super().__init__()
        self.address = address
        self.call("/web/session/authenticate", db=database, login=login, password=login)

    def call(self, route, **params):
        """Call a JSON route; returns what it answered.

        :raises RuntimeError: with what Odoo said, when it refused
        """
        body = {"jsonrpc": "2.0", "params": params}
        answer = self.post(f"{self.address}{route}", json=body).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer.get("result")

    def run(self, method, *args, **kwargs):
        """Call a method of leads."""
        params = {"model": "crm.lead", "method": method, "args": args}
        return self.call("/web/dataset/call_kw", kwargs=kwargs, **params)

    def write_on(self, lead):
        """Write on the page of a lead."""
        self.call(
            "/mail/message/post",
            thread_model="crm.lead",
            thread_id=lead,
            post_data={
                "body": "Call me",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
            },
        )

    def claim(self, lead):
        """Give a lead the reseller's own address."""
        self.run("update_contact_details_from_portal", [lead], {"email_from": RESELLER})


@pytest.fixture(scope="module")
def database(source):
    """Name of a database with the addon and Odoo's resellers."""
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "resellers") as copied:
        log = odoo_command.change_modules(
            copied,
            *("-i", "website_crm_partner_assign"),
            failure="The resellers could not be installed.",
        )
        assert not odoo_command.complaints(log)
        yield copied


@pytest.fixture(scope="module")
def made(database):
    """Ids of the leads and partners, by name."""
    return json.loads(odoo_command.run_script(database, PREPARE).splitlines()[-1])


@pytest.fixture(scope="module")
def address(database, made):
    """Address of an Odoo that serves the database."""
    quiet = ("--log-level=critical", "--max-cron-threads=0")
    with serving.server(database, *quiet) as (_process, served_at):
        yield served_at


@pytest.fixture(scope="module")
def reseller(address, database):
    """The session of a portal user of the reseller's."""
    with Portal(address, database, "reseller") as session:
        yield session


@pytest.fixture
def stored(database):
    """Function that tells a column of a lead."""

    def read(lead, column="contact_state"):
        return postgres.sql(
            f"SELECT {column} FROM crm_lead WHERE id = {lead}", database
        )

    return read


@pytest.fixture
def tell(database):
    """Function that does in Odoo's shell what others do: a script, and its words."""

    def run(script, **words):
        return odoo_command.run_script(database, script.format(**words))

    return run


# What is ours is read by nobody outside.


@pytest.mark.parametrize("model", ["crm.lead", "res.partner"])
def test_no_field_of_ours_is_told(reseller, tell, model):
    ours = json.loads(tell(OURS, model=model).splitlines()[-1])
    params = {"model": model, "method": "fields_get", "args": [], "kwargs": {}}
    told = reseller.call("/web/dataset/call_kw", **params)
    assert "name" in told
    assert len(ours) > 15
    assert not set(ours) & set(told)


def test_nothing_of_ours_is_read_or_searched_by(reseller, made):
    lead = made["address"]
    assert reseller.run("read", [lead], ["name"])[0]["name"] == "address"
    with pytest.raises(RuntimeError, match="qualification_grade"):
        reseller.run("read", [lead], ["qualification_grade"])
    with pytest.raises(RuntimeError, match="qualification_score"):
        reseller.run("search", [("qualification_score", ">=", 0)])
    with pytest.raises(RuntimeError, match="contact_state"):
        reseller.run("search", [], order="contact_state")


def test_the_gates_verdict_is_not_told(reseller, made):
    with pytest.raises(RuntimeError, match="qualification_state"):
        reseller.run("qualification_check", [made["address"]])


# Nor set, or read, by visitors of the website.


def fill_in(address, **values):
    """Send the form of the website; returns the new lead's id."""
    form = {"name": "Form", "contact_name": "Eve", "email_from": "eve@x.example"}
    answer = requests.post(f"{address}/website/form/crm.lead", form | values)
    return answer.json().get("id")


def test_a_visitor_chooses_no_profile(address, stored, tell):
    profile = int(tell(WHITELIST).splitlines()[-1])
    lead = fill_in(address, qualification_profile_id=profile)
    assert stored(lead, "qualification_profile_id") != str(profile)
    assert stored(lead) == "inbound"


def test_a_visitors_words_are_not_lost_where_opportunities_are_refused(
    address, stored, tell
):
    team = tell(REFUSE, policy="refuse").splitlines()[-1]
    lead = fill_in(address, team_id=team)
    tell(REFUSE, policy="flag")
    assert (stored(lead, "type"), stored(lead)) == ("lead", "inbound")


# What a reseller does goes on.


@pytest.mark.parametrize(
    "page", ["leads", "lead/{address}", "opportunities", "opportunity/{opportunity}"]
)
def test_pages(reseller, made, page):
    answer = reseller.get(f"{reseller.address}/my/{page.format(**made)}")
    assert answer.status_code == 200
    assert "address" in answer.text or "Direct" in answer.text


def test_accepting_what_is_not_qualified(reseller, made, stored):
    reseller.run("partner_interested", [made["accept"]], comment="Mine")
    assert stored(made["accept"], "type") == "lead"


def test_declining(reseller, made, stored):
    reseller.run("partner_desinterested", [made["decline"]], spam=True)
    assert stored(made["decline"], "partner_assigned_id") == ""


def test_updating(reseller, made, stored):
    reseller.run("update_lead_portal", [made["opportunity"]], DETAILS)
    assert stored(made["opportunity"], "expected_revenue") == "5.00"
    reseller.run(
        "update_contact_details_from_portal", [made["update"]], {"phone": "+32 2 1"}
    )
    assert stored(made["update"], "phone") == "+32 2 1"


def test_winning_a_lead(reseller, made, stored, tell):
    """Stays as it is, quietly."""
    script = "print(env['crm.stage'].search([('is_won', '=', True)], limit=1).id)"
    stage = int(tell(script).splitlines()[-1])
    reseller.run("update_stage_from_portal", [made["won"]], stage)
    assert stored(made["won"], "won_status") == "pending"


def test_creating_an_opportunity(reseller, stored):
    told = reseller.run(
        "create_opp_portal",
        {"title": "New", "description": "Theirs", "contact_name": "Ben"},
    )
    assert stored(told["id"], "name") == "New"


# Who may say who the customer is doesn't speak for them.


def test_who_takes_the_customers_place(reseller, made, stored):
    reseller.claim(made["post"])
    reseller.write_on(made["post"])
    assert stored(made["post"], "email_normalized") == RESELLER
    assert stored(made["post"]) == "none"


def test_who_takes_the_place_of_a_known_customer(reseller, made, stored):
    reseller.claim(made["account"])
    reseller.write_on(made["account"])
    assert stored(made["account"]) == "none"


@pytest.mark.parametrize(("name", "sender"), [("mail", RESELLER), ("office", OFFICE)])
def test_an_email_of_the_resellers(reseller, made, stored, tell, name, sender):
    reseller.run(
        "update_contact_details_from_portal", [made[name]], {"email_from": sender}
    )
    tell(MAIL, sender=sender, lead=made[name])
    assert stored(made[name]) == "none"


def test_who_declines_was_not_the_customer(reseller, made, stored):
    reseller.claim(made["left"])
    reseller.write_on(made["left"])
    reseller.run("partner_desinterested", [made["left"]])
    assert stored(made["left"]) == "none"


def test_a_meeting_with_the_reseller(reseller, made, stored, tell):
    reseller.claim(made["meeting"])
    tell(MEETING, lead=made["meeting"], guest=made["pat"])
    assert stored(made["meeting"]) == "none"


def test_a_customer_with_a_portal_account(made, stored, tell):
    """Is the customer, on a lead that a reseller works on, too."""
    tell(MAIL, sender=CUSTOMER, lead=made["customer"])
    assert stored(made["customer"]) == "inbound"


def test_who_becomes_its_reseller_later(made, stored, tell):
    lead = made["assigned"]
    tell(ASSIGN, lead=lead, partner=False)
    tell(MAIL, sender=CUSTOMER, lead=lead)
    assert stored(lead) == "inbound"
    tell(ASSIGN, lead=lead, partner=made["account_id"])
    assert stored(lead) == "none"
