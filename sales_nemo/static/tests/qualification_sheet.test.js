import {
    animationFrame,
    Deferred,
    expect,
    manuallyDispatchProgrammaticEvent,
    press,
    queryAllTexts,
    test,
    waitFor,
    waitForNone,
} from "@odoo/hoot";
import {mockTimeZone} from "@odoo/hoot-mock";
import {
    contains,
    makeServerError,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {
    defineMessage,
    defineQualificationModels,
    makeQuestion,
    makeSizeQuestion,
    onRpcOpen,
    pill,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {CrmLead} = qualificationModels;
const SHEET = ".o_qualification_sheet";
const need = (name) => `.o_qualification_need:contains(${name})`;
const commitment = (name) => `.o_qualification_commitment:contains(${name})`;
const question = (name) => `.o_qualification_question:contains(${name})`;

defineQualificationModels();

/** What the server knows about lead 7: nothing, by default. */
function makeSheet(values) {
    return {
        id: 7,
        profile: "Strict",
        enforcement: "enforce",
        score: 0,
        grade: "D4",
        next_question: 1,
        checks: [
            {key: "needs_known", name: "Needs", reason: "Ask", state: "failed"},
            {key: "committed", name: "Off", reason: "", state: "not_applicable"},
        ],
        questions: [makeQuestion(), makeSizeQuestion()],
        needs: [],
        commitments: [],
        contact: {
            state: "none",
            date: false,
            has_proof: false,
            is_meeting: false,
            is_inferred: false,
        },
        decisions: [],
        can_write: true,
        ...values,
    };
}

/** The form of the lead, with a sheet that the test may change meanwhile. */
async function mountSheet(sheet, resId = 7, resIds = undefined) {
    CrmLead._records = [
        {id: 7, name: "Tour lead", qualification_state: "blocked"},
        {id: 8, name: "Next lead", qualification_state: "blocked"},
    ];
    onRpc("crm.lead", "get_qualification_sheet", () => ({...sheet}));
    await mountView({
        type: "form",
        resModel: "crm.lead",
        resId,
        resIds,
        arch: `
            <form>
                <header><button name="act" type="object" string="Act"/></header>
                <field name="name"/>
                <field name="contact_name"/>
                <field name="qualification_state" readonly="1"/>
                <widget name="qualification_sheet"/>
            </form>`,
    });
}

/** The facts are on the server, and the lead passes now. */
function makeReady(env) {
    env["crm.lead"].write([7], {qualification_state: "ready"});
}

test("a need is added and confirmed; sheet and form show what came of it", async () => {
    const sheet = makeSheet();
    onRpc("crm.lead.need", "create", function ({args}) {
        expect.step(args[0]);
        sheet.needs = [{id: 5, name: "Speed", state: "confirmed", has_proof: false}];
        sheet.checks = [{...sheet.checks[0], state: "passed"}];
        makeReady(this.env);
        return [5];
    });
    onRpc("crm.lead.need", "write", ({args}) => {
        expect.step(args);
        sheet.needs = [{...sheet.needs[0], ...args[1]}];
        return true;
    });
    await mountSheet(sheet);
    expect(queryAllTexts(`${SHEET} li[data-check] .fw-bold`)).toEqual(["Needs"]);
    expect("div[name=qualification_state]").toHaveText("Blocked");
    await contains(".o_qualification_new_need").edit(" Speed ", {confirm: false});
    await press("Enter");
    await waitFor(need("Speed"));
    expect(`${need("Speed")} select`).toHaveValue("confirmed");
    expect(".o_qualification_new_need").toHaveValue("");
    expect(".o_qualification_new_need").toBeFocused();
    await waitFor("li[data-check=needs_known][data-state=passed]");
    expect("div[name=qualification_state]").toHaveText("Ready");
    await contains(`${need("Speed")} select`).select("not_for_us");
    expect.verifySteps([
        [{lead_id: 7, name: "Speed", state: "confirmed"}],
        [[5], {state: "not_for_us"}],
    ]);
});

test("what is sent twice is added once", async () => {
    const created = new Deferred();
    onRpc("crm.lead.need", "create", async ({args}) => {
        expect.step(args[0]);
        await created;
        return [5];
    });
    await mountSheet(makeSheet());
    await contains(".o_qualification_new_need").edit("Speed", {confirm: false});
    await press("Enter");
    await press("Enter");
    created.resolve();
    await waitForNone(`${SHEET} form select`);
    expect.verifySteps([[{lead_id: 7, name: "Speed", state: "confirmed"}]]);
});

test("what we only suspect is added as that", async () => {
    onRpc("crm.lead.need", "create", ({args}) => {
        expect.step(args[0]);
        return [5];
    });
    await mountSheet(makeSheet());
    expect(`${SHEET} form select`).toHaveCount(0);
    await contains(".o_qualification_new_need").edit("Speed", {confirm: false});
    await contains(`${SHEET} form select`).select("suspected");
    await contains(`${SHEET} form:has(.o_qualification_new_need) button`).click();
    await waitForNone(`${SHEET} form select`);
    expect.verifySteps([[{lead_id: 7, name: "Speed", state: "suspected"}]]);
});

test("an answer is kept as it is chosen", async () => {
    const sheet = makeSheet();
    onRpc("crm.lead", "save_qualification_answer", function ({args}) {
        expect.step(args);
        sheet.questions[1] = makeSizeQuestion({state: "partly", value: "Medium"});
        sheet.score = 50;
        makeReady(this.env);
        return {...sheet};
    });
    await mountSheet(sheet);
    onRpc("crm.lead", "get_qualification_sheet", () => {
        expect.step("sheet");
    });
    expect(`${question("Budget?")} .badge:contains(Ask next)`).toHaveCount(1);
    await contains(pill("Size?", "Medium")).click();
    await waitFor(`${question("Size?")} .badge:contains(Partly met)`);
    expect(`${SHEET} h4`).toHaveText(/50 % of the points/);
    expect("div[name=qualification_state]").toHaveText("Ready");
    expect.verifySteps([[[7], 2, "Medium"]]);
});

test("what was answered is not shown on the lead that is opened meanwhile", async () => {
    const sheet = makeSheet();
    const saving = new Deferred();
    const answer = {...sheet, score: 50};
    onRpc("crm.lead", "save_qualification_answer", () => saving);
    await mountSheet(sheet, 7, [7, 8]);
    await contains(pill("Size?", "Large")).click();
    Object.assign(sheet, {id: 8, score: 10});
    await contains(".o_pager_next").click();
    await waitFor(`${SHEET} h4:contains(10 % of the points)`);
    onRpc("crm.lead", "get_qualification_sheet", () => {
        expect.step("sheet");
    });
    saving.resolve(answer);
    await expect.waitForSteps(["sheet"]);
    await animationFrame();
    expect(`${SHEET} h4`).toHaveText(/10 % of the points/);
});

test("an answer saves what was typed into the form, and shows what that changed", async () => {
    const sheet = makeSheet();
    onRpc("crm.lead", "save_qualification_answer", () => ({...sheet}));
    onRpc("crm.lead", "web_save", ({args}) => {
        expect.step(args[1]);
        sheet.score = 50;
    });
    await mountSheet(sheet);
    await contains("div[name=contact_name] input").edit("Ann");
    expect(".o_form_button_save").toBeVisible();
    await contains(pill("Size?", "Large")).click();
    await waitFor(`${SHEET} h4:contains(50 % of the points)`);
    expect.verifySteps([{contact_name: "Ann"}]);
});

test("a commitment is added in place, with its kind and day", async () => {
    const sheet = makeSheet();
    onRpc("crm.lead.commitment", "create", ({args}) => {
        expect.step(args[0]);
        const [{date_deadline, name}] = args[0];
        const row = {id: 9, name, date_deadline, state: "open", has_proof: false};
        sheet.commitments = [row];
        return [9];
    });
    onRpc("crm.lead.commitment", "write", ({args}) => {
        expect.step(args);
        return true;
    });
    await mountSheet(sheet);
    const form = `${SHEET} form:has(.o_qualification_new_commitment)`;
    expect(`${form} select`).toHaveCount(0);
    await contains(".o_qualification_new_commitment").edit("Demo", {confirm: false});
    expect(`${form} select`).toHaveValue("meeting");
    await contains(`${form} select`).select("trial");
    await contains(`${form} .o_datetime_input`).edit("05/01/2026");
    await contains(`${form} button`).click();
    await waitFor(commitment("Demo"));
    expect(`${commitment("Demo")} a`).toHaveText("Demo until May 1, 2026");
    expect(".o_qualification_new_commitment").toHaveValue("");
    await contains(`${commitment("Demo")} select`).select("kept");
    expect.verifySteps([
        [{lead_id: 7, name: "Demo", kind: "trial", date_deadline: "2026-05-01"}],
        [[9], {state: "kept"}],
    ]);
});

test("what is answered keeps its place as long as the lead is shown", async () => {
    const names = () => queryAllTexts(".o_qualification_question label.fw-bold");
    const sheet = makeSheet();
    onRpc("crm.lead", "save_qualification_answer", () => {
        const budget = makeQuestion({is_open: false, state: "met", value: "yes"});
        const new_one = makeQuestion({id: 3, name: "Start?"});
        sheet.questions = [new_one, makeSizeQuestion(), budget];
        return {...sheet};
    });
    await mountSheet(sheet, 7, [7, 8]);
    await contains(pill("Budget?", "Yes")).click();
    await waitFor(`${question("Budget?")} .badge:contains(Met)`);
    expect(names()).toEqual(["Budget?", "Size?", "Start?"]);
    sheet.id = 8;
    await contains(".o_pager_next").click();
    await waitFor(`${question("Start?")}:first`);
    await animationFrame();
    expect(names()).toEqual(["Start?", "Size?", "Budget?"]);
});

test("who comes back to the window sees what others did", async () => {
    const sheet = makeSheet();
    await mountSheet(sheet);
    sheet.needs = [{id: 5, name: "Speed", state: "confirmed", has_proof: false}];
    await contains("[name=contact_name] input").edit("Ann");
    await manuallyDispatchProgrammaticEvent(window, "focus");
    await waitFor(need("Speed"));
    expect("[name=contact_name] input").toHaveValue("Ann");
});

test("a state that another addon adds has its name", async () => {
    const state = [
        ["suspected", "Suspected"],
        ["parked", "Parked by them"],
    ];
    onRpc("crm.lead.need", "fields_get", () => ({state: {selection: state}}));
    await mountSheet(
        makeSheet({needs: [{id: 5, name: "Speed", state: "parked", has_proof: false}]})
    );
    expect(queryAllTexts(`${need("Speed")} option`)).toEqual(
        state.map(([, text]) => text)
    );
    expect(`${need("Speed")} select`).toHaveValue("parked");
});

test("the day of a commitment is the same west of Greenwich", async () => {
    mockTimeZone(-5);
    const demo = {id: 9, name: "Demo", date_deadline: "2026-05-01", state: "open"};
    await mountSheet(makeSheet({commitments: [{...demo, has_proof: false}]}));
    expect(`${commitment("Demo")} a`).toHaveText("Demo until May 1, 2026");
});

test("logs a contact, and shows its proof", async () => {
    const sheet = makeSheet();
    defineMessage("We talked");
    onRpcOpen("crm.lead", "action_log_contact");
    onRpcOpen("crm.lead", "action_open_contact_proof");
    await mountSheet(sheet);
    expect(SHEET).toHaveText(/Nobody has been in touch yet\./);
    expect(`${SHEET} button:contains(Show proof)`).toHaveCount(0);
    await contains(`${SHEET} button:contains(Log a Contact)`).click();
    await waitFor(".modal");
    sheet.contact = {...sheet.contact, state: "two_way", has_proof: true};
    await contains(".modal .btn-close").click();
    await waitFor(`${SHEET}:contains(In touch both ways)`);
    await contains(`${SHEET} button:contains(Show proof)`).click();
    await waitFor(".modal:contains(We talked)");
    expect.verifySteps([
        ["action_log_contact", [7]],
        ["action_open_contact_proof", [7]],
    ]);
});

test("the last contact becomes the proof of a fact, then it is shown", async () => {
    const rows = {
        "crm.lead.need": {id: 5, name: "Speed", state: "confirmed", has_proof: false},
        "crm.qualification.answer": makeQuestion({
            answer_id: 3,
            state: "met",
            value: "yes",
        }),
        "crm.lead.commitment": {
            id: 9,
            name: "Demo",
            date_deadline: false,
            state: "open",
            has_proof: false,
        },
    };
    const sheet = makeSheet({
        contact: {...makeSheet().contact, state: "inbound", has_proof: true},
    });
    const fill = () => {
        sheet.needs = [rows["crm.lead.need"]];
        sheet.questions = [rows["crm.qualification.answer"], makeSizeQuestion()];
        sheet.commitments = [rows["crm.lead.commitment"]];
    };
    onRpc("crm.lead", "prove_by_contact", ({args}) => {
        expect.step(args);
        rows[args[1]] = {...rows[args[1]], has_proof: true};
        fill();
        return {...sheet};
    });
    defineMessage("We talked about speed");
    onRpcOpen("crm.lead.need", "action_open_proof");
    fill();
    await mountSheet(sheet);
    // what nobody knows has no proof
    expect(`${question("Size?")} .o_prove`).toHaveCount(0);
    expect(`${question("Size?")} .o_proof`).toHaveCount(0);
    for (const row of [need("Speed"), question("Budget?"), commitment("Demo")]) {
        expect(`${row} .o_proof`).toHaveCount(0);
        await contains(`${row} .o_prove`).click();
        await waitFor(`${row} .o_proof`);
    }
    await contains(`${need("Speed")} .o_proof`).click();
    await waitFor(".modal:contains(We talked about speed)");
    expect.verifySteps([
        [[7], "crm.lead.need", 5],
        [[7], "crm.qualification.answer", 3],
        [[7], "crm.lead.commitment", 9],
        ["action_open_proof", [5]],
    ]);
});

test("a proof that is not for everybody is not shown", async () => {
    expect.errors(1);
    onRpc("crm.lead.need", "action_open_proof", () => {
        throw makeServerError({
            type: "UserError",
            message: "This was proven by a private meeting of other people.",
        });
    });
    await mountSheet(
        makeSheet({
            needs: [{id: 6, name: "Secret", state: "confirmed", has_proof: true}],
        })
    );
    await contains(`${need("Secret")} .o_proof`).click();
    await waitFor(".modal:contains(private meeting of other people)");
    await contains(".modal .btn-close").click();
    await waitForNone(".modal");
    expect.verifyErrors(["private meeting"]);
});

test("nothing is proven by a contact in which they said nothing", async () => {
    await mountSheet(
        makeSheet({
            contact: {...makeSheet().contact, state: "outbound", has_proof: true},
            needs: [{id: 5, name: "Speed", state: "suspected", has_proof: false}],
        })
    );
    expect(SHEET).toHaveText(/We wrote or called, no reply yet\./);
    expect(".o_prove").toHaveCount(0);
});

test("readers change nothing", async () => {
    await mountSheet(
        makeSheet({
            can_write: false,
            contact: {...makeSheet().contact, state: "two_way", has_proof: true},
            needs: [{id: 5, name: "Speed", state: "suspected", has_proof: false}],
        })
    );
    expect(`${SHEET} select:enabled`).toHaveCount(0);
    expect(`${SHEET} input:enabled`).toHaveCount(0);
    expect(`${SHEET} form`).toHaveCount(0);
    expect(".o_prove").toHaveCount(0);
    expect(queryAllTexts(`${SHEET} button`)).toEqual(["Show proof"]);
});

test("tells what was decided, and by whom", async () => {
    await mountSheet(
        makeSheet({
            enforcement: "advise",
            decisions: [
                {
                    id: 1,
                    date: "2026-05-01 10:00:00",
                    user_name: "Approver",
                    outcome: "overridden",
                    reason: "Trust me",
                    summary: "Needs: none",
                },
            ],
        })
    );
    expect(`${SHEET} h4`).toHaveText(/Advises only/);
    expect(`${SHEET} .small:contains(Overridden)`).toHaveText(
        /Approver[\s\S]*Trust me[\s\S]*Needs: none/
    );
});

test("without a profile nothing is asked", async () => {
    await mountSheet(makeSheet({profile: "", questions: []}));
    expect(SHEET).toHaveText(/No qualification profile judges this record/);
    expect(".o_qualification_checks").toHaveCount(0);
});

test("a new lead is saved first", async () => {
    await mountSheet(makeSheet(), false);
    expect(SHEET).toHaveText("Save the lead to qualify it.");
});

test("what somebody does in the header is seen in the tab, loaded once", async () => {
    const sheet = makeSheet();
    await mountSheet(sheet);
    expect(`${SHEET} ${need("Speed")}`).toHaveCount(0);
    onRpc("crm.lead", "act", () => {
        sheet.needs = [{id: 5, name: "Speed", state: "confirmed", has_proof: false}];
        return false;
    });
    onRpc("crm.lead", "get_qualification_sheet", () => {
        expect.step("sheet");
    });
    await contains("button[name=act]").click();
    await waitFor(`${SHEET} ${need("Speed")}`);
    expect.verifySteps(["sheet"]);
});

test("typing in the form loads nothing; what is discarded leaves the tab", async () => {
    await mountSheet(makeSheet());
    onRpc("crm.lead", "get_qualification_sheet", () => {
        expect.step("sheet");
    });
    await contains("[name=contact_name] input").edit("Ann");
    expect.verifySteps([]);
    expect(SHEET).toHaveCount(1);
});

test("a meeting without a guest asks who took part, and keeps it", async () => {
    const contact = {...makeSheet().contact, is_unattended: true, person: "Ann"};
    onRpc("crm.lead", "add_person_to_meeting", ({args}) => {
        expect.step(args);
        return makeSheet({contact: {...contact, is_unattended: false}});
    });
    await mountSheet(makeSheet({contact}));
    await contains(`${SHEET} .o_qualification_unattended button`).click();
    await waitForNone(`${SHEET} .o_qualification_unattended`);
    expect.verifySteps([[[7]]]);
});

test("what an agent told is confirmed by a click; a file is only named", async () => {
    const rows = (origin) => ({
        needs: [
            {id: 5, name: "Speed", state: "confirmed", has_proof: false, origin},
            {
                id: 6,
                name: "Desks",
                state: "suspected",
                has_proof: false,
                origin: "import",
            },
        ],
    });
    const sheet = makeSheet({
        ...rows("agent"),
        contact: {...makeSheet().contact, origin: "agent", logged: "two_way"},
        can_confirm: true,
    });
    onRpc("crm.lead", "confirm_qualification_fact", ({args}) => {
        expect.step(args);
        Object.assign(sheet, rows("person"));
        return {...sheet};
    });
    await mountSheet(sheet);
    expect(`${need("Speed")} .o_told_by`).toHaveText("Agent");
    expect(`${need("Desks")} .o_told_by`).toHaveText("Import");
    expect(`${need("Desks")} .o_confirm_fact`).toHaveCount(0);
    expect(".o_contact_told").toHaveText(/^Logged: In touch\s+Agent/);
    await contains(`${need("Speed")} .o_confirm_fact`).click();
    await waitForNone(`${need("Speed")} .o_told_by`);
    await contains(".o_contact_told .o_confirm_fact").click();
    expect.verifySteps([[[7], "crm.lead.need", 5], [[7]]]);
});

test("nobody confirms where the profile doesn't ask for it", async () => {
    const told = {
        id: 5,
        name: "Speed",
        state: "open",
        has_proof: false,
        origin: "agent",
    };
    await mountSheet(makeSheet({commitments: [{...told, date_deadline: false}]}));
    expect(`${commitment("Speed")} .o_told_by`).toHaveText("Agent");
    expect(`${commitment("Speed")} .o_confirm_fact`).toHaveCount(0);
});
