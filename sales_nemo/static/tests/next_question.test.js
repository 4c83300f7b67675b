import {expect, press, test, waitFor, waitForNone} from "@odoo/hoot";
import {contains, mountView, onRpc} from "@web/../tests/web_test_helpers";
import {
    defineQualificationModels,
    makeQuestion,
    makeSizeQuestion,
    onRpcOpen,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {CrmLead, Criterion, MailActivitySchedule} = qualificationModels;
const POPOVER = ".o_next_question_popover";
const FIELD = `<field name="qualification_question_id" widget="qualification_question"/>`;
const LIST = `<list><field name="name"/>${FIELD}</list>`;
const KANBAN = `
    <kanban>
        <templates>
            <t t-name="card"><field name="name"/>${FIELD}</t>
        </templates>
    </kanban>`;
const FORM = `<form><field name="name"/><field name="contact_name"/>${FIELD}</form>`;

defineQualificationModels();

/** A server on which "Size?" is asked once "Budget?" is answered. */
function defineServer(canWrite = true) {
    Criterion._records = [
        {id: 1, name: "Budget?"},
        {id: 2, name: "Size?"},
    ];
    CrmLead._records = [
        {id: 7, name: "Tour lead", qualification_question_id: 1},
        {id: 8, name: "Answered"},
    ];
    onRpc("crm.lead", "get_qualification_sheet", function ({args}) {
        const [lead] = this.env["crm.lead"].browse(args[0]);
        return {
            questions: [makeSizeQuestion(), makeQuestion({guidance: "Ask who signs"})],
            next_question: lead.qualification_question_id || null,
            can_write: canWrite,
        };
    });
    onRpc("crm.lead", "save_qualification_answer", function ({args}) {
        const [ids, criterionId, value] = args;
        expect.step(`${criterionId}: ${value}`);
        this.env["crm.lead"].write(ids, {
            qualification_question_id: criterionId === 1 ? 2 : false,
        });
        return {};
    });
}

test("in a list: answered in place, then the next one is shown", async () => {
    defineServer();
    await mountView({type: "list", resModel: "crm.lead", arch: LIST});
    expect(".o_data_row:contains(Answered) .o_next_question").toHaveCount(0);
    expect(".o_data_row:contains(Tour lead) .o_next_question").toHaveText("Budget?");
    await contains(".o_next_question").click();
    await waitFor(`${POPOVER}:contains(Ask who signs)`);
    await contains(`${POPOVER} select`).select("yes");
    await waitFor(".o_data_row:contains(Tour lead) .o_next_question:contains(Size?)");
    expect(POPOVER).toHaveCount(0);
    expect.verifySteps(["1: yes"]);
});

test("on a card: answered until nothing is left to ask", async () => {
    defineServer();
    await mountView({type: "kanban", resModel: "crm.lead", arch: KANBAN});
    await contains(".o_next_question:contains(Budget?)").click();
    await contains(`${POPOVER} select`).select("no");
    await contains(".o_next_question:contains(Size?)").click();
    await contains(`${POPOVER} select`).select("Small");
    await waitForNone(".o_next_question");
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
    await contains(".o_next_question").focus();
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
    await contains(".o_next_question").click();
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
    await contains(".o_next_question:contains(Budget?)").click();
    await contains(`${POPOVER} select`).select("yes");
    await waitFor(".o_next_question:contains(Size?)");
    expect.verifySteps(["1: yes", {name: "Tour lead renamed"}]);
    expect("div[name=name] input").toHaveValue("Tour lead renamed");
    // what is typed afterwards waits until it is saved
    await contains("div[name=contact_name] input").edit("Ann");
    expect(".o_form_button_save").toBeVisible();
});

test("readers see the question and answer nothing", async () => {
    defineServer(false);
    await mountView({type: "list", resModel: "crm.lead", arch: LIST});
    await contains(".o_next_question").click();
    await waitFor(`${POPOVER} select:disabled`);
});

test("answered by somebody else in the meantime", async () => {
    defineServer();
    await mountView({type: "list", resModel: "crm.lead", arch: LIST});
    onRpc("crm.lead", "get_qualification_sheet", () => ({
        questions: [makeQuestion({state: "met"})],
        next_question: null,
        can_write: true,
    }));
    await contains(".o_next_question").click();
    await waitFor(`${POPOVER}:contains(All questions are answered.)`);
    expect(`${POPOVER} .o_plan_question`).toHaveCount(0);
});
