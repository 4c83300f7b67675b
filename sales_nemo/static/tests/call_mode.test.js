import {expect, queryAllTexts, queryOne, test, waitFor, waitUntil} from "@odoo/hoot";
import {
    contains,
    getService,
    mountView,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {WebClient} from "@web/webclient/webclient";
import {
    defineQualificationModels,
    makeQuestion,
    pill,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {CrmLead} = qualificationModels;
const NAMES = ["Ann", "Bob", "Cec"];
const ACTION = {type: "ir.actions.client", tag: "sales_nemo.call_mode"};

defineQualificationModels();

/** Call mode with three leads; what it asks the server for and logs are steps. */
async function openCallMode(calls = []) {
    let position = 0;
    const question = makeQuestion();
    const checks = ["needs_known", "committed"].map((key) => ({
        key,
        name: key,
        reason: "They say.",
        state: "failed",
    }));
    onRpc("crm.lead", "get_call_round", ({args: [step]}) => {
        position += step;
        const lead = position < NAMES.length && position + 1;
        return {ids: [1, 2, 3], position, lead, since: "2026-05-04 10:00:00"};
    });
    onRpc("crm.lead", "read", ({args: [[id]]}) => [
        {
            id,
            name: `About ${NAMES[id - 1]}`,
            city: "Ghent",
            contact_message_id: [4, "A message"],
            contact_name: NAMES[id - 1],
            partner_name: "Reef",
            phone: "+32 2 555 12 34",
            qualification_next_step: "Write or call",
            qualification_step: "contact_none",
            recycled_from_id: id === 2 && [8, "Lost"],
        },
    ]);
    onRpc("crm.lead", "get_qualification_sheet", ({args: [[id]]}) => ({
        id,
        can_write: true,
        checks,
        commitments: [],
        contact: {state: "none", date: false},
        needs: [],
        questions: [question],
    }));
    onRpc("mail.activity", "search_read", () => calls);
    onRpc("mail.message", "search_read", () => [
        {id: 4, preview: "Call me", body: "<b>Attempt 2</b>"},
    ]);
    onRpc("crm.lead", "search_count", ({args: [domain]}) =>
        domain[1][0] === "contact_date" ? 2 : 1
    );
    onRpc("crm.lead", "search", () => [3, 1]);
    onRpc("crm.lead", "save_qualification_answer", ({args}) => {
        expect.step(args);
        Object.assign(question, {is_open: false, state: "met", value: args[2]});
        return {};
    });
    onRpc("crm.lead.log.contact", "create", ({args}) => {
        const {outcome, note, ...party} = args[0][0];
        delete party.call_back_date;
        expect.step([outcome, note, party]);
        return [9];
    });
    onRpc("crm.lead.log.contact", "action_log", () => true);
    onRpc("crm.lead.need", "create", ({args}) => {
        expect.step(args[0][0].name);
        return [5];
    });
    await mountWithCleanup(WebClient);
    await getService("action").doAction(ACTION);
}

const shows = (number, name) =>
    waitFor(`.o_call_page:contains(${number}):contains(${name})`);

test("one lead after the other, with its phone", async () => {
    await openCallMode();
    await shows("1 of 3", "Ann");
    expect(".o_call_phone").toHaveAttribute("href", "tel:+3225551234");
    expect(".o_call_page section:first").toHaveText(/Reef, Ghent/);
    expect(".o_call_last").toHaveText(/Call me/);
    expect(".o_call_brief").toHaveCount(0);
    await contains(".o_call_next").click();
    await shows("2 of 3", "Bob");
    expect(".o_call_brief b").toHaveText("Attempt 2");
    await contains(".o_call_back").click();
    await shows("1 of 3", "Ann");
    expect(".o_call_back").not.toBeEnabled();
});

test("what is answered is kept and stays; so does who was reached", async () => {
    await openCallMode();
    await contains(pill("Budget?", "Yes")).click();
    await waitFor(".o_qualification_question input:checked");
    await contains(".o_call_note").edit("Likes it");
    await contains(".o_call_outcomes button:contains(Reached)").click();
    await waitFor(".o_call_logged:contains(Reached)");
    expect(".o_call_outcomes").toHaveCount(0);
    await shows("1 of 3", "Ann");
    expect.verifySteps([
        [[1], 1, "yes"],
        ["reached", "Likes it", {lead_id: 1}],
    ]);
});

test("without an answer the next one is called; a planned call is done", async () => {
    await openCallMode([{id: 7}]);
    await contains(".o_call_outcomes button:contains(No answer)").click();
    await shows("2 of 3", "Bob");
    expect(".o_call_outcomes").toHaveCount(1);
    expect.verifySteps([["no_answer", "", {activity_id: 7}]]);
});

test("nothing that was typed is lost", async () => {
    await openCallMode();
    await contains(".o_new_need").edit("Speed", {confirm: false});
    await contains(".o_call_next").click();
    await waitFor(".o_notification:contains(not kept yet)");
    expect(".o_new_need").toBeFocused();
    await contains("[data-section=needs_known] button[type=submit]").click();
    await waitUntil(() => !queryOne(".o_new_need").value);
    await contains(".o_call_next").click();
    await shows("2 of 3", "Bob");
    expect.verifySteps(["Speed"]);
});

test("the end says what came of it, and goes on with who is left", async () => {
    onRpc("crm.lead", "action_work_through", ({args}) => {
        expect.step(args[0]);
        return ACTION;
    });
    await openCallMode();
    for (let times = 0; times < NAMES.length; times++) {
        await contains(".o_call_next").click();
    }
    await waitFor(".o_call_end");
    expect(queryAllTexts(".o_call_end dd")).toEqual(["2", "1", "2"]);
    await contains(".o_call_end button").click();
    expect.verifySteps([[1, 3]]);
});

test("Work Through takes all that is found, or what is selected, in its order", async () => {
    CrmLead._records = NAMES.map((name, index) => ({id: index + 1, name}));
    onRpc("crm.lead", "search", ({kwargs}) => {
        expect.step([kwargs.limit, kwargs.order]);
        return [3, 2, 1];
    });
    onRpc("crm.lead", "action_work_through", ({args}) => {
        expect.step(args[0]);
        return {type: "ir.actions.act_window_close"};
    });
    await mountView({
        type: "list",
        resModel: "crm.lead",
        arch: `
            <list default_order="name desc">
                <header>
                    <button name="action_work_through" string="Work Through" type="object" display="always"/>
                </header>
                <field name="name"/>
            </list>`,
    });
    await contains("button:contains(Work Through)").click();
    await contains(".o_data_row:contains(Ann) input").click();
    await contains(".o_data_row:contains(Cec) input").click();
    await contains("button:contains(Work Through)").click();
    expect.verifySteps([
        [200, "name DESC"],
        [3, 2, 1],
        [3, 1],
    ]);
});
