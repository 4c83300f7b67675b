"""Generated leads, and all that hangs on them: each mix stands for itself.

A mix is made with its own seed, and with names and addresses of its own, so that what
one conversion does changes nothing for the next.
"""

import base64
import random

MASS = "crm.lead2opportunity.partner.mass"
SINGLE = "crm.lead2opportunity.partner"

LEADS = 26
# Odoo refuses to merge more than five; each address is given to few enough records.
SHARED = 3
USERS = {
    "boss": ("fr_FR", "inbox", "sales_team.group_sale_manager"),
    "ann": ("en_US", "email", "sales_team.group_sale_salesman"),
    "bob": ("fr_FR", "inbox", "sales_team.group_sale_salesman_all_leads"),
    "cid": ("en_US", "inbox", "sales_team.group_sale_salesman"),
    # of the team abroad, and nobody's choice: who gets a lead of the other company
    # with it could not keep it
    "dee": ("en_US", "email", "sales_team.group_sale_salesman"),
    # of no team: Odoo chooses one while it converts
    "eli": ("en_US", "inbox", "sales_team.group_sale_salesman"),
}


def fill(env, cases):
    """Fill a database with what all mixes share, and a mix for each case.

    :param list cases: ``{"name", "seed", "kind": "mass", "single" or "assign", "leads":
        how many, "options", "override"}``, as in ``cases``
    :returns: the cases as ``conversions.convert`` takes them, and with ``records``: ids
        by table
    """
    world = World(env)
    filled = [Mix(world, **case).describe() for case in cases]
    env["crm.lead"]._rebuild_pls_frequency_table()
    env["crm.lead"]._update_automated_probabilities()
    env.cr.commit()
    return filled


class World:
    """What all mixes share: companies, languages, users, teams, stages, tags."""

    def __init__(self, env):
        self.env = env
        env["res.lang"]._activate_lang("fr_FR")
        # as who chooses a language has it: Odoo's own texts are in French, too
        installed = env["ir.module.module"].search([("state", "=", "installed")])
        installed._update_translations("fr_FR")
        self.langs = env["res.lang"].with_context(active_test=False)
        first = env.ref("base.main_company")
        domain = env["mail.alias.domain"].create({"name": "us.example"})
        second = env["res.company"].create({"name": "Second"})
        (first | second).alias_domain_id = domain
        self.companies = {"First": first, "Second": second}
        group = env.ref("crm.group_use_lead")
        self.users = {
            login: env["res.users"].create(
                {
                    "name": login.title(),
                    "login": login,
                    "email": f"{login}@us.example",
                    "lang": lang,
                    "notification_type": kind,
                    "group_ids": [(6, 0, (env.ref(role) | group).ids)],
                    "company_id": first.id,
                    "company_ids": [(6, 0, (first | second).ids)],
                }
            )
            for login, (lang, kind, role) in USERS.items()
        }
        boss, ann, bob, cid, dee, _eli = (user.id for user in self.users.values())
        self.teams = {
            name: env["crm.team"].create({"name": name, "use_leads": True, **values})
            for name, values in {
                "North": {
                    "company_id": False,
                    "member_ids": [(6, 0, [boss, ann, bob])],
                    "alias_name": "sales",
                },
                "South": {"company_id": False, "member_ids": [(6, 0, [cid])]},
                "Abroad": {"company_id": second.id, "member_ids": [(6, 0, [dee])]},
            }.items()
        }
        # followers of a team follow its new leads and opportunities
        subtypes = env["mail.message.subtype"].search(
            [("res_model", "=", "crm.team"), ("default", "=", True)]
        )
        self.teams["North"].message_subscribe(
            self.users["boss"].partner_id.ids, subtypes.ids
        )
        south = self.teams["South"].ids
        self.stages = env["crm.stage"].search([]) | env["crm.stage"].create(
            {"name": "South only", "team_ids": [(6, 0, south)], "sequence": 0}
        )
        self.tags = env["crm.tag"].create([{"name": f"Tag {n}"} for n in range(4)])
        self.lost_reasons = env["crm.lost.reason"].search([])
        self.countries = env["res.country"].search([("code", "in", ("BE", "US", "IN"))])
        env.flush_all()


class Mix:
    """Leads of one case, and the people and records around them."""

    def __init__(
        self, world, name, seed, kind, leads=LEADS, options=None, override=None
    ):
        self.world, self.env = world, world.env
        self.name, self.kind, self.options = name, kind, options or {}
        self.override = override
        self.random = random.Random(seed)
        self.domain = f"m{seed}.example"
        self.used = {}
        self.records = {}
        self.partners = self._create_partners()
        self.team = self._create_team() if kind == "assign" else None
        self.leads = self._create_leads(leads)
        for lead in self.leads:
            self._add_history(lead)
        self._close_some()
        self.env.flush_all()
        # tracking of what was done until here belongs to the past
        self.env.cr.commit()

    # ------------------------------------------------------------ partners

    def _create_partners(self):
        """Customers of all kinds by role; some share an address."""
        second = self.world.companies["Second"].id
        named = {
            "account": {"is_company": True, "city": "Ghent", "vat": False},
            "customer": {"email": "customer", "user_id": self.world.users["bob"].id},
            "person": {"email": "person", "phone": "+32 2 555 00 01"},
            "twin": {"email": "twins"},
            "second twin": {"email": "TWINS"},
            "archived": {"email": "gone", "active": False},
            "abroad": {"email": "abroad", "company_id": second},
            "french": {"email": "french", "lang": "fr_FR"},
            "firm": {"email": "firm", "is_company": True, "website": "firm.example"},
            "formatted": {"email": "formatted"},
            "without address": {},
        }
        partners = {}
        for role, values in named.items():
            email = values.get("email")
            address = email and f"{email}@{self.domain}"
            if role == "formatted":
                address = f'"Formatted, Ms." <{address}>'
            partners[role] = self.env["res.partner"].create(
                {"name": f"{role.title()} {self.domain}", **values, "email": address}
            )
        partners["person"].parent_id = partners["account"]
        self._keep(*partners.values())
        return partners

    # ------------------------------------------------------------ team

    def _create_team(self):
        """A team that is assigned this mix's leads, and no other."""
        members = [
            # the first likes some leads best, the second takes no others
            {
                "assignment_max": 150,
                "assignment_domain_preferred": "[('color', '>', 3)]",
            },
            {"assignment_max": 120, "assignment_domain": "[('priority', '!=', '0')]"},
            {"assignment_max": 90},
        ]
        companies = list(self.world.companies.values())
        users = self.env["res.users"].create(
            [
                {
                    "name": f"Member {n} {self.domain}",
                    "login": f"member{n}@{self.domain}",
                    "email": f"member{n}@{self.domain}",
                    "group_ids": [
                        (4, self.env.ref("sales_team.group_sale_salesman").id)
                    ],
                    "company_id": companies[0].id,
                    "company_ids": [(6, 0, [company.id for company in companies])],
                }
                for n, _values in enumerate(members)
            ]
        )
        return self.env["crm.team"].create(
            {
                "name": f"Assigned {self.domain}",
                "use_leads": True,
                "company_id": False,
                "assignment_domain": str([("name", "=like", f"{self.domain}%")]),
                "crm_team_member_ids": [
                    (0, 0, {"user_id": user.id, **values})
                    for user, values in zip(users, members, strict=True)
                ],
            }
        )

    # ------------------------------------------------------------ leads

    def _create_leads(self, number):
        leads = self.env["crm.lead"]
        for position in range(number):
            values = self._draw_lead(position)
            creator = self.world.users[self._one("boss", "ann", "bob")]
            lead = self.env["crm.lead"].with_user(creator).sudo().create(values)
            leads |= lead
        self._keep(leads)
        return leads.sudo()

    def _draw_lead(self, position):
        """Values of one lead."""
        world = self.world
        abroad = self._one(*[False] * 5, True)
        if self.options.get("companies") == ["Second"]:
            abroad = self._one(True, True, False)
        team = self._one(None, *self._get_teams(abroad))
        owners = [user for name, user in world.users.items() if name != "dee"]
        is_apart = team == world.teams["Abroad"]
        values = {
            "name": f"{self.domain} {position}",
            "type": self._one(*["lead"] * 5, "opportunity"),
            "user_id": self._one(None, *owners),
            "team_id": team,
            "company_id": world.companies["Second"]
            if abroad
            else self._one(None, world.companies["First"]),
            "priority": self._one("0", "1", "3"),
            "description": self._one(False, "<p>They <b>want</b> it</p>"),
            "expected_revenue": self._one(0, 1000.5),
            "tag_ids": [(6, 0, self.random.sample(world.tags.ids, self._one(0, 1, 3)))],
            "lang_id": self._one(
                None, *(self._get_lang(c) for c in ("fr_FR", "nl_NL"))
            ),
            "contact_name": self._one(False, f"Eve {position}", "Dan"),
            "partner_name": self._one(False, f"Firm {position}", f"Acme {self.domain}"),
            "function": self._one(False, "Diver"),
            "email_from": self._draw_email(position, is_apart),
            "phone": self._one(False, "+32 475 12 34 56", "no number"),
            "website": self._one(False, "acme.example", "https://acme.example/x"),
            "date_deadline": self._one(False, "2027-03-01"),
            "referred": self._one(False, "a friend"),
            "color": position % 5,
        }
        if self._one(True, False):
            country = self._one(*world.countries)
            values |= {
                "street": f"Main street {position}",
                "zip": "1000",
                "city": self._one("Ghent", "Mechelen"),
                "country_id": country,
                "state_id": country.state_ids[:1],
            }
        if not is_apart and self._one(*[False] * 3, True):
            role = self._draw_role(abroad)
            if role:
                values["partner_id"] = self.partners[role]
        if self.team:
            values |= {
                "user_id": self._one(None, None, None, values["user_id"]),
                "team_id": self._one(None, self.team),
                # whose turn it is doesn't depend on chance
                "probability": 90 - position,
            }
        return {
            name: value.id if hasattr(value, "id") else value or False
            for name, value in values.items()
        }

    def _draw_email(self, position, is_apart):
        """An address of some kind; none is given to more records than Odoo merges.

        :param is_apart: leads of a team of one company can't be merged with others
        """
        unique = f"lead{position}@{self.domain}"
        if is_apart:
            return self._one(False, unique, f"apart@{self.domain}")
        kind = self._one(
            *["none", "unique", "unique", "shared", "shared", "known", "twins"],
            *["formatted", "upper", "several", "invalid", "alias", "gone", "person"],
        )
        email = {
            "none": False,
            "unique": unique,
            "shared": f"shared{self._one(1, 2, 3)}@{self.domain}",
            "known": f"{self._one('french', 'firm', 'formatted')}@{self.domain}",
            "twins": f"twins@{self.domain}",
            "formatted": f'"Fay O\'Brien" <{unique}>',
            "upper": f"SHARED1@{self.domain.upper()}",
            "several": f"{unique}, shared2@{self.domain}",
            "invalid": self._one("not an address", f"broken@@{self.domain}"),
            "alias": "sales@us.example",
            "gone": f"Gone <gone@{self.domain}>",
            "person": f"person@{self.domain}",
        }[kind]
        key = email and (self._get_key(email) if "@" in email else email)
        if kind == "alias":
            # one mix's conversion must not find another's
            return (
                email
                if self.env["crm.lead"].search_count([("email_normalized", "=", email)])
                < 1
                else unique
            )
        return email if not key or self._take(key) else unique

    def _draw_role(self, abroad):
        """A customer that may be the lead's, not given to too many."""
        role = self._one("customer", "person", "twin", "firm", "without address")
        if abroad and self._one(True, False):
            role = "abroad"
        email = self.partners[role].email_normalized
        return role if self._take(email or role) else None

    def _take(self, key):
        """False when this address or customer was given to enough leads."""
        self.used[key] = self.used.get(key, 0) + 1
        return self.used[key] <= SHARED

    @staticmethod
    def _get_key(email):
        return email.rsplit("<", 1)[-1].split(",")[-1].strip(" >").lower()

    def _get_lang(self, code):
        return self.world.langs.search([("code", "=", code)])

    def _get_teams(self, abroad):
        names = ("Abroad", "North") if abroad else ("North", "South")
        return [self.world.teams[name] for name in names]

    # ------------------------------------------------------------ history

    def _add_history(self, lead):
        """Followers, messages, activities, files, meetings: of some leads."""
        customer = lead.partner_id or self.partners["customer"]
        if self._one(True, False):
            comments = self.env.ref("mail.mt_comment")
            lead.message_subscribe(customer.ids, self._one(None, comments.ids))
        if self._one(True, False):
            lead.message_post(
                body="I want it",
                subject=self._one(None, "A question"),
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=customer.id,
            )
        author = self.world.users[self._one("ann", "bob")]
        if self._one(True, False, False):
            lead.message_post(
                body="A note",
                subtype_xmlid="mail.mt_note",
                author_id=author.partner_id.id,
                attachments=[("note.txt", b"a note")],
            )
        if self._one(True, False, False):
            lead.activity_schedule(
                "mail.mail_activity_data_call",
                summary="Call them",
                date_deadline="2027-01-15",
                user_id=author.id,
            )
        if self._one(True, False, False):
            self.env["ir.attachment"].create(
                {
                    "name": "file.txt",
                    "datas": base64.b64encode(lead.name.encode()),
                    "res_model": "crm.lead",
                    "res_id": lead.id,
                }
            )
        if self._one(True, False, False, False):
            self.env["calendar.event"].with_user(author).sudo().create(
                {
                    "name": "Meeting",
                    "start": "2027-02-01 10:00:00",
                    "stop": "2027-02-01 11:00:00",
                    "opportunity_id": lead.id,
                    "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "res_id": lead.id,
                    "partner_ids": [(6, 0, (author.partner_id | customer).ids)],
                }
            )

    def _close_some(self):
        """Some are won, lost, archived, without a stage, or in a later one."""
        for lead in self.leads:
            fate = self._one(
                *["open"] * 12, "won", "lost", "archived", "no stage", "on"
            )
            if fate == "won":
                lead.action_set_won()
            elif fate == "lost":
                lead.action_set_lost(lost_reason_id=self.world.lost_reasons[:1].id)
            elif fate == "archived":
                lead.active = False
            elif fate == "no stage":
                lead.stage_id = False
            elif fate == "on":
                lead.stage_id = self._one(*self.world.stages)
                lead.probability = 42 if not lead.stage_id.is_won else 100

    # ------------------------------------------------------------ case

    def describe(self):
        """The case as ``conversions.convert`` takes it, and all ids of the mix."""
        options = self.options
        companies = options.get("companies", ["First", "Second"])
        return {
            "name": self.name,
            "kind": self.kind,
            "user": self.world.users[options.get("user", "boss")].id,
            "companies": [self.world.companies[name].id for name in companies],
            "lang": options.get("lang", "en_US"),
            "dialogs": [] if self.team else self._get_dialogs(companies),
            "teams": self.team.ids if self.team else [],
            "override": self.override or [],
            "records": self.records,
        }

    def _get_dialogs(self, companies):
        """One for all leads, or one for each, in an order of their own."""
        ids = [self.world.companies[name].id for name in companies]
        leads = self.leads.filtered(
            lambda lead: not lead.company_id or lead.company_id.id in ids
        )
        chosen = self.random.sample(list(leads), len(leads))
        # the dialog doesn't open where the first is won
        chosen.sort(key=lambda lead: lead.probability == 100)
        last = chosen[1:]
        self.random.shuffle(last)
        chosen = [lead.id for lead in chosen[:1] + last]
        if self.kind == "mass":
            # the rest are the duplicates that nobody selected
            dialog = {
                "model": MASS,
                "leads": chosen[: len(chosen) * 5 // 6],
                "shown": self._resolve(self.options.get("shown", {})),
                "sent": self._resolve(self.options.get("sent", {})),
            }
            return [dialog]
        open_leads = leads.filtered(
            lambda lead: lead.type == "lead" and lead.active and lead.probability < 100
        )
        choices = [
            # as proposed: merges where there are duplicates
            {},
            {},
            {"name": "convert"},
            {"name": "convert", "action": "create"},
            {"name": "convert", "action": "exist", "partner_id": "customer"},
            {"name": "convert", "user_id": "ann"},
        ]
        return [
            {
                "model": SINGLE,
                "leads": lead.ids,
                "shown": self._resolve(choices[number % len(choices)]),
                # ours proposes the account and its opportunity, stock does not
                "sent": {"name": "convert", "commercial_partner_id": False},
            }
            for number, lead in enumerate(open_leads)
        ]

    def _resolve(self, values):
        """Values with ids instead of names."""
        named = {
            **{name: user.id for name, user in self.world.users.items()},
            **{name: team.id for name, team in self.world.teams.items()},
            **{role: partner.id for role, partner in self.partners.items()},
        }
        return {
            name: [named[one] for one in value]
            if isinstance(value, list)
            else named.get(value, value)
            for name, value in values.items()
        }

    def _one(self, *choices):
        return self.random.choice(choices)

    def _keep(self, *records):
        for record in records:
            self.records.setdefault(record._table, []).extend(record.ids)
