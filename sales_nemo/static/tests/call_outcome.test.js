import {
    click,
    contains,
    insertText,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {expect, queryAllTexts, test} from "@odoo/hoot";
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

test("a call asks whether they were reached, and keeps what was said", async () => {
    onRpc("mail.activity", "action_call_reached", function ({args, kwargs}) {
        expect.step([...args, kwargs.feedback]);
        this.env["mail.activity"].unlink(args[0]);
        return true;
    });
    const activityId = await openPopover("crm.lead", "phonecall");
    expect(getButtons()).toEqual([
        "Reached",
        "No Answer",
        "Reached & Schedule Next",
        "No Answer & Schedule Next",
        "Discard",
    ]);
    await insertText(`${POPOVER} textarea`, "They like it");
    await click(`${POPOVER} button`, {text: "Reached"});
    await contains(POPOVER, {count: 0});
    await contains(".o-mail-Activity", {count: 0});
    expect.verifySteps([[[activityId], "They like it"]]);
});

test("nobody answered", async () => {
    onRpc("mail.activity", "action_call_no_answer", function ({args}) {
        expect.step(args);
        this.env["mail.activity"].unlink(args[0]);
        return true;
    });
    const activityId = await openPopover("res.partner", "phonecall");
    await click(`${POPOVER} button`, {text: "No Answer"});
    await contains(".o-mail-Activity", {count: 0});
    expect.verifySteps([[[activityId]]]);
});

test("the next activity is planned with what the call came to", async () => {
    onRpc("mail.activity", "action_call_no_answer", function ({args}) {
        expect.step(args);
        this.env["mail.activity"].unlink(args[0]);
        return true;
    });
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
    await click(`${POPOVER} button`, {text: "No Answer & Schedule Next"});
    await contains(POPOVER, {count: 0});
    expect.verifySteps([
        [[activityId]],
        ["mail.activity", "new", "crm.lead", "2026-05-04"],
    ]);
});

test("other activities are done as ever", async () => {
    await openPopover("crm.lead", "default");
    expect(getButtons()).toEqual(["Done & Schedule Next", "Done", "Discard"]);
});
