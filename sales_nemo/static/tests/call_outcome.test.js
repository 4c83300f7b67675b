import {
    click,
    contains,
    insertText,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {expect, mockDate, queryAllTexts, test} from "@odoo/hoot";
import {getService, onRpc, patchWithCleanup} from "@web/../tests/web_test_helpers";
import {
    defineQualificationModels,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const POPOVER = ".o-mail-ActivityMarkAsDone";

defineQualificationModels();

/** The form of a record with one activity, and the popover that marks it as done. */
async function openPopover(model, category) {
    const arch = `<form><field name="name"/><chatter/></form>`;
    qualificationModels.CrmLead._views = {form: arch};
    const env = await startServer();
    const resId = env[model].create({name: "Tour lead"});
    const activityId = env["mail.activity"].create({
        activity_category: category,
        can_write: true,
        chaining_type: "suggest",
        date_deadline: "2026-05-04",
        res_id: resId,
        res_model: model,
    });
    await start();
    await openFormView(model, resId, {arch});
    await click(".o-mail-Activity-markDone");
    await contains(POPOVER);
    return activityId;
}

const getButtons = () => queryAllTexts(`${POPOVER} button`);

/** The dialog's server; what is logged by it is a step, and its call is done. */
function serveDialog() {
    onRpc("crm.lead.log.contact", "create", ({args}) => {
        expect.step(args[0][0]);
        return [3];
    });
    onRpc("crm.lead.log.contact", "action_log", function ({args}) {
        expect(args[0]).toEqual([3]);
        const activities = this.env["mail.activity"];
        activities.unlink(activities.search([]));
        return {type: "ir.actions.act_window_close"};
    });
}

test("a call asks what it came to, and keeps what was said", async () => {
    mockDate("2026-05-04 10:00:00");
    serveDialog();
    const activityId = await openPopover("crm.lead", "phonecall");
    expect(getButtons()).toEqual([
        "Reached",
        "No answer",
        "Left a message",
        "Wrong number",
        "Call back on …",
        "Discard",
    ]);
    await insertText(`${POPOVER} textarea`, "They like it");
    await click(`${POPOVER} button`, {text: "Left a message"});
    await contains(POPOVER, {count: 0});
    await contains(".o-mail-Activity", {count: 0});
    expect.verifySteps([
        {
            activity_id: activityId,
            call_back_date: "2026-05-05",
            note: "They like it",
            outcome: "left_message",
        },
    ]);
});

test("who wants to be called back says on which day", async () => {
    mockDate("2026-05-04 10:00:00");
    serveDialog();
    const activityId = await openPopover("res.partner", "phonecall");
    await click(`${POPOVER} button`, {text: "Call back on …"});
    await contains(`${POPOVER} input[type=date]`, {value: "2026-05-05"});
    expect.verifySteps([]);
    await click(`${POPOVER} button`, {text: "Call Back"});
    await contains(".o-mail-Activity", {count: 0});
    expect.verifySteps([
        {
            activity_id: activityId,
            call_back_date: "2026-05-05",
            outcome: "call_back",
        },
    ]);
});

test("the next activity is planned with what the call came to", async () => {
    mockDate("2026-05-04 10:00:00");
    serveDialog();
    const activityId = await openPopover("crm.lead", "phonecall");
    patchWithCleanup(getService("action"), {
        doAction({res_model, target, context}) {
            const {default_res_model, activity_previous_deadline} = context;
            expect.step([
                res_model,
                target,
                default_res_model,
                activity_previous_deadline,
            ]);
        },
    });
    await click(`${POPOVER} input[type=checkbox]`);
    await click(`${POPOVER} button`, {text: "No answer"});
    await contains(POPOVER, {count: 0});
    expect.verifySteps([
        {
            activity_id: activityId,
            call_back_date: "2026-05-05",
            outcome: "no_answer",
        },
        ["mail.activity", "new", "crm.lead", "2026-05-04"],
    ]);
});

test("other activities are done as ever", async () => {
    await openPopover("crm.lead", "default");
    expect(getButtons()).toEqual(["Done & Schedule Next", "Done", "Discard"]);
});
