import {expect, queryAllTexts, test, waitFor} from "@odoo/hoot";
import {contains, mockService, mountView, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineMessage,
    defineQualificationModels,
    makeQuestion,
    onRpcOpen,
    pill,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const SHEET = ".o_account_sheet";

defineQualificationModels();

/** What the server knows of the account 70, whose person 71 is: nothing, by default. */
function makeSheet(values) {
    return {
        id: 70,
        name: "Journey",
        last_contact: null,
        fit: [],
        questions: [],
        people: [],
        people_count: 0,
        needs: [],
        can_answer: true,
        ...values,
    };
}

const makeFit = (values) => ({
    id: 1,
    profile: "Strict",
    score: 0,
    known: 0,
    asked: 1,
    is_ruled_out: false,
    ...values,
});

async function mountSheet(sheet, resId = 71) {
    const {ResPartner} = qualificationModels;
    ResPartner._records = [...ResPartner._records, {id: 71, name: "Ann"}];
    onRpc("res.partner", "get_account_sheet", ({args}) => {
        expect.step(args);
        return sheet;
    });
    await mountView({
        type: "form",
        resModel: "res.partner",
        resId,
        arch: `<form><field name="name"/><widget name="account_sheet"/></form>`,
    });
}

test("what is known of an account, and by whom", async () => {
    await mountSheet(
        makeSheet({
            last_contact: {
                by: "Ann",
                date: "2026-05-01 10:00:00",
                direction: "inbound",
                is_meeting: false,
            },
            fit: [makeFit({score: 100, known: 1})],
            people: [
                {
                    id: 71,
                    name: "Ann",
                    function: "Buyer",
                    heard: "2026-05-01 10:00:00",
                    roles: [
                        {
                            id: 1,
                            role: "champion",
                            label: "Champion",
                            lead: "L",
                            note: "",
                        },
                    ],
                },
            ],
            people_count: 3,
            needs: [
                {
                    id: 5,
                    name: "Speed",
                    state: "confirmed",
                    has_proof: true,
                    lead: "Lead",
                    lead_id: 7,
                },
            ],
        })
    );
    expect(`${SHEET} h4`).toHaveText("Journey");
    expect(".o_account_last_contact").toHaveText(/They wrote:\s+Ann, May 1, 2026/);
    expect(".o_account_fit").toHaveText(/Strict\s+100 %\s+1 of 1 known/);
    expect(".o_account_person").toHaveText(/Ann\s+Buyer[\s\S]*May 1, 2026\s+Champion/);
    expect(SHEET).toHaveText(/1 of 3 people/);
    expect(".o_account_need").toHaveText(/Speed\s+Lead\s+Confirmed/);
    expect(".o_account_need [aria-label=Proven]").toHaveCount(1);
    expect.verifySteps([[[71]]]);
});

test("nothing is known yet", async () => {
    await mountSheet(makeSheet());
    expect(queryAllTexts(`${SHEET} p`)).toEqual([
        "No profile asks anything about accounts.",
        "Nobody has been in touch yet.",
        "Nobody is known by name yet.",
        "No need was heard yet.",
    ]);
    expect.verifySteps([[[71]]]);
});

test("a question of each profile is answered for the account", async () => {
    const questions = [
        makeQuestion({profile_id: 1}),
        makeQuestion({id: 2, name: "Size?", profile_id: 2}),
    ];
    const sheet = makeSheet({
        fit: [makeFit(), makeFit({id: 2, profile: "Loose", is_ruled_out: true})],
        questions,
    });
    onRpc("res.partner", "save_account_answer", ({args}) => {
        expect.step(args);
        const answered = makeQuestion({profile_id: 1, state: "met", value: "yes"});
        return {...sheet, questions: [answered, questions[1]]};
    });
    await mountSheet(sheet);
    expect(queryAllTexts(`${SHEET} h5 small`)).toEqual(["Strict", "Loose"]);
    expect(".o_account_fit:contains(Loose) .badge").toHaveText("Ruled out");
    await contains(pill("Budget?", "Yes")).click();
    await waitFor(".o_qualification_question:contains(Budget?) .badge:contains(Met)");
    expect.verifySteps([[[71]], [[71], 1, "yes"]]);
});

test("readers answer nothing", async () => {
    await mountSheet(
        makeSheet({
            can_answer: false,
            fit: [makeFit()],
            questions: [makeQuestion({profile_id: 1})],
        })
    );
    expect(`${SHEET} input:disabled`).toHaveCount(2);
    expect.verifySteps([[[71]]]);
});

test("the last contact, people and leads are opened", async () => {
    defineMessage("Yes, we want to hear more.");
    onRpcOpen("res.partner", "action_open_last_contact");
    mockService("action", {
        doAction({res_model, res_id, target}) {
            if (target === "new") {
                return super.doAction(...arguments);
            }
            expect.step([res_model, res_id]);
        },
    });
    const last = {
        by: "Ann",
        date: "2026-05-01 10:00:00",
        direction: "",
        is_meeting: true,
    };
    await mountSheet(
        makeSheet({
            last_contact: last,
            people: [{id: 71, name: "Ann", function: "", heard: false, roles: []}],
            people_count: 1,
            needs: [
                {
                    id: 5,
                    name: "Speed",
                    state: "x",
                    has_proof: false,
                    lead: "L",
                    lead_id: 7,
                },
            ],
        })
    );
    expect(".o_account_last_contact").toHaveText(/^Met with:\s+Ann/);
    await contains(".o_account_person a").click();
    await contains(".o_account_need a").click();
    await contains(`${SHEET} h4 a`).click();
    await contains(".o_account_last_contact button").click();
    await waitFor(".modal:contains(we want to hear more)");
    expect.verifySteps([
        [[71]],
        ["res.partner", 71],
        ["crm.lead", 7],
        ["res.partner", 70],
        ["action_open_last_contact", [71]],
    ]);
});

test("a new contact is saved first", async () => {
    await mountSheet(makeSheet(), false);
    expect(SHEET).toHaveText("Save the contact first.");
    expect.verifySteps([]);
});
