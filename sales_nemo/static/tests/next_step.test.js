import {Deferred, expect, press, test, waitFor, waitForNone} from "@odoo/hoot";
import {contains, mountView, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineMessage,
    defineQualificationModels,
    makeQuestion,
    makeSizeQuestion,
    onRpcOpen,
    pill,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {Commitment, CrmLead, MailActivitySchedule, Need} = qualificationModels;
const POPOVER = ".o_fact_popover";
const FIELD = `<field name="qualification_next_step" widget="qualification_next_step"/>`;
const LIST = `<list><field name="name"/>${FIELD}</list>`;
const KANBAN = `
    <kanban>
        <templates>
            <t t-name="card"><field name="name"/>${FIELD}</t>
        </templates>
    </kanban>`;
const FORM = `<form><field name="name"/><field name="contact_name"/>${FIELD}</form>`;

const QUESTIONS = {
    1: {qualification_step: "question", qualification_next_step: "Budget?"},
    2: {qualification_step: "question", qualification_next_step: "Size?"},
    none: {qualification_step: false, qualification_next_step: ""},
};

defineQualificationModels();

/** A server on which "Size?" is asked once "Budget?" is answered. */
function defineServer(canWrite = true) {
    CrmLead._records = [
        {id: 7, name: "Tour lead", ...QUESTIONS[1]},
        {id: 8, name: "Answered"},
    ];
    onRpc("crm.lead", "get_qualification_sheet", function ({args}) {
        const [lead] = this.env["crm.lead"].browse(args[0]);
        return {
            checks: [],
            questions: [makeSizeQuestion(), makeQuestion({guidance: "Ask who signs"})],
            next_question: {"Budget?": 1, "Size?": 2}[lead.qualification_next_step],
            can_write: canWrite,
        };
    });
    onRpc("crm.lead", "save_qualification_answer", function ({args}) {
        const [ids, criterionId, value] = args;
        expect.step(`${criterionId}: ${value}`);
        this.env["crm.lead"].write(ids, QUESTIONS[criterionId + 1] || QUESTIONS.none);
        return {};
    });
}

test("in a list: answered in place, then the next one is shown", async () => {
    defineServer();
    await mountView({type: "list", resModel: "crm.lead", arch: LIST});
    expect(".o_data_row:contains(Answered) .o_next_step").toHaveCount(0);
    expect(".o_data_row:contains(Tour lead) .o_next_step").toHaveText("Budget?");
    await contains(".o_next_step").click();
    await waitFor(`${POPOVER}:contains(Ask who signs)`);
    await contains(pill("Budget?", "Yes")).click();
    await waitFor(".o_data_row:contains(Tour lead) .o_next_step:contains(Size?)");
    expect(POPOVER).toHaveCount(0);
    expect.verifySteps(["1: yes"]);
});

test("on a card: answered until nothing is left to ask", async () => {
    defineServer();
    await mountView({type: "kanban", resModel: "crm.lead", arch: KANBAN});
    await contains(".o_next_step:contains(Budget?)").click();
    await contains(pill("Budget?", "No")).click();
    await contains(".o_next_step:contains(Size?)").click();
    await contains(pill("Size?", "Small")).click();
    await waitForNone(".o_next_step");
    expect.verifySteps(["1: no", "2: Small"]);
});

test("on a card: the keyboard opens the question, not the lead", async () => {
    defineServer();
    await mountView({
        type: "kanban",
        resModel: "crm.lead",
        arch: KANBAN,
        selectRecord: () => expect.step("the lead was opened"),
    });
    await contains(".o_next_step").focus();
    await press("Enter");
    await waitFor(POPOVER);
    expect.verifySteps([]);
});

test("is planned as an activity", async () => {
    defineServer();
    MailActivitySchedule._views = {form: `<form><field name="summary"/></form>`};
    onRpcOpen("crm.lead", "action_plan_question", {
        res_model: "mail.activity.schedule",
        res_id: false,
        context: {default_summary: "Budget?"},
    });
    await mountView({type: "list", resModel: "crm.lead", arch: LIST});
    await contains(".o_next_step").click();
    await contains(`${POPOVER} .o_plan_question`).click();
    await waitFor(".modal div[name=summary] input:value(Budget?)");
    expect(POPOVER).toHaveCount(0);
    onRpc("crm.lead", "web_read", ({args}) => expect.step(`read ${args[0]}`));
    await contains(".modal .btn-close").click();
    await waitForNone(".modal");
    expect.verifySteps([["action_plan_question", [7]], "read 7"]);
});

test("what was typed into the form is saved with the answer", async () => {
    defineServer();
    onRpc("crm.lead", "web_save", ({args}) => expect.step(args[1]));
    await mountView({type: "form", resModel: "crm.lead", resId: 7, arch: FORM});
    await contains("div[name=name] input").edit("Tour lead renamed");
    await contains(".o_next_step:contains(Budget?)").click();
    await contains(pill("Budget?", "Yes")).click();
    await waitFor(".o_next_step:contains(Size?)");
    expect.verifySteps(["1: yes", {name: "Tour lead renamed"}]);
    expect("div[name=name] input").toHaveValue("Tour lead renamed");
    // what is typed afterwards waits until it is saved
    await contains("div[name=contact_name] input").edit("Ann");
    expect(".o_form_button_save").toBeVisible();
});

test("readers see the question and answer nothing", async () => {
    defineServer(false);
    await mountView({type: "list", resModel: "crm.lead", arch: LIST});
    await contains(".o_next_step").click();
    await waitFor(`${POPOVER} [role=radiogroup]:not(:has(input:enabled))`);
});

test("answered by somebody else in the meantime", async () => {
    defineServer();
    await mountView({type: "list", resModel: "crm.lead", arch: LIST});
    onRpc("crm.lead", "get_qualification_sheet", () => ({
        checks: [],
        questions: [makeQuestion({state: "met", is_open: false})],
        next_question: null,
        can_write: true,
    }));
    await contains(".o_next_step").click();
    await waitFor(`${POPOVER}:contains(All questions are answered.)`);
    expect(`${POPOVER} .o_plan_question`).toHaveCount(0);
});

/** A lead with one step, and what the sheet says of it. */
function defineStep(qualification_step, sheet) {
    CrmLead._records = [
        {
            id: 7,
            name: "Tour lead",
            email_from: "ann@customer.example",
            qualification_step,
            qualification_next_step: "Do it",
        },
    ];
    onRpc("crm.lead", "get_qualification_sheet", () => ({
        checks: [],
        commitments: [],
        needs: [],
        questions: [],
        can_write: true,
        ...sheet,
    }));
}

async function openStep() {
    await mountView({type: "list", resModel: "crm.lead", arch: LIST});
    await contains(".o_next_step").click();
}

test("only what is missing to reach them is asked for", async () => {
    defineStep("no_person");
    onRpc("crm.lead", "write", ({args}) => expect.step(args));
    await openStep();
    await waitFor(`${POPOVER} input[name=contact_name]:focus`);
    expect(`${POPOVER} input[name=email_from]`).toHaveCount(0);
    await contains(`${POPOVER} input[name=contact_name]`).edit("Ann", {confirm: false});
    await press("Enter");
    await waitForNone(POPOVER);
    expect.verifySteps([[[7], {contact_name: "Ann"}]]);
});

test("a suspected need is confirmed with a click", async () => {
    const need = {id: 3, name: "Speed", state: "suspected", has_proof: false};
    Need._records = [{id: 3, name: "Speed", state: "suspected"}];
    defineStep("needs_suspected", {needs: [need]});
    onRpc("crm.lead.need", "write", ({args}) => expect.step(args));
    await openStep();
    await contains(
        `${POPOVER}:contains(Speed) .btn:contains(They confirmed it)`
    ).click();
    await waitForNone(POPOVER);
    expect.verifySteps([[[3], {state: "confirmed"}]]);
});

test("what they will do next is typed where it is missing", async () => {
    Commitment._records = [];
    defineStep("commitments_missing");
    onRpc("crm.lead.commitment", "create", ({args}) => expect.step(args[0]));
    await openStep();
    await contains(`${POPOVER} .o_new_commitment`).edit("Send the plan", {
        confirm: false,
    });
    await contains(`${POPOVER} .btn:contains(Add)`).click();
    await waitForNone(POPOVER);
    expect.verifySteps([[{lead_id: 7, name: "Send the plan", date_deadline: false}]]);
});

test("what is sent twice is added once", async () => {
    Commitment._records = [];
    defineStep("commitments_missing");
    const created = new Deferred();
    onRpc("crm.lead.commitment", "create", async ({args}) => {
        expect.step(args[0]);
        await created;
    });
    await openStep();
    await contains(`${POPOVER} .o_new_commitment`).edit("Send the plan", {
        confirm: false,
    });
    await press("Enter");
    await press("Enter");
    created.resolve();
    await waitForNone(POPOVER);
    expect.verifySteps([[{lead_id: 7, name: "Send the plan", date_deadline: false}]]);
});

test("an overdue promise was kept", async () => {
    Commitment._records = [{id: 4, name: "Call", state: "open"}];
    const promise = {id: 4, name: "Call", state: "open", date_deadline: "2026-01-01"};
    defineStep("commitments_overdue", {commitments: [promise]});
    onRpc("crm.lead.commitment", "write", ({args}) => expect.step(args));
    await openStep();
    await contains(`${POPOVER}:contains(Call) .btn:contains(Kept)`).click();
    await waitForNone(POPOVER);
    expect.verifySteps([[[4], {state: "kept"}]]);
});

test("the dialog that converts opens with one click", async () => {
    defineStep("convert");
    defineMessage("It converts");
    onRpcOpen("crm.lead", "action_next_step", {});
    await openStep();
    await waitFor(".modal");
    expect.verifySteps([["action_next_step", [7]]]);
});
