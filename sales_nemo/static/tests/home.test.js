import {expect, queryAllTexts, test, waitFor, waitForNone} from "@odoo/hoot";
import {
    contains,
    defineActions,
    getService,
    mountWebClient,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {utils} from "@web/core/ui/ui_service";
import {
    defineMessage,
    defineQualificationModels,
    onRpcOpen,
    qualificationModels,
} from "./sales_nemo_test_helpers";

const {CrmLead, ResPartner} = qualificationModels;
const HOME = ".o_qualification_home";

defineQualificationModels();
defineActions([
    {
        id: 1,
        xml_id: "crm.crm_lead_all_leads",
        name: "Leads",
        res_model: "crm.lead",
        views: [
            [false, "list"],
            [false, "kanban"],
            [false, "form"],
        ],
    },
    {
        id: 2,
        xml_id: "sales_nemo.res_partner_action_explore",
        name: "The sea",
        res_model: "res.partner",
        views: [[false, "list"]],
    },
    {
        id: 3,
        xml_id: "sales_nemo.crm_qualification_profile_action",
        name: "Profiles",
        res_model: "crm.qualification.profile",
        views: [[false, "list"]],
    },
    {
        id: 4,
        xml_id: "sales_nemo.crm_lead_action_board",
        name: "Board",
        res_model: "crm.lead",
        views: [[false, "kanban"]],
    },
]);

const makeNumber = (key, label, count, values) => ({
    key,
    label,
    count,
    model: "crm.lead",
    domain: [["contact_state", "=", "none"]],
    action: "crm.crm_lead_all_leads",
    context: {},
    view: null,
    ...values,
});
const makeStep = (key, label, count, rate, days) =>
    makeNumber(key, label, count, {rate, days});

function makeHome(values) {
    return {
        is_empty: false,
        steps: [
            {
                key: "explore",
                numbers: [
                    makeNumber("untouched", "untouched", 3, {
                        model: "res.partner",
                        domain: [["city", "=", "Coral"]],
                        action: "sales_nemo.res_partner_action_explore",
                    }),
                ],
            },
            {key: "criteria", numbers: []},
            {key: "information", numbers: [makeNumber("silent", "silent", 2)]},
            {key: "selection", numbers: []},
            {key: "decide", numbers: []},
        ],
        funnel: {
            since: "2026-01-01",
            steps: [
                makeStep("lead", "Leads", 8, null, null),
                makeStep("contacted", "Contacted", 4, 50, 2.4),
                makeStep("qualified", "Qualified", 3, 75, null),
                makeStep("won", "Won", 0, 0, 1),
                makeStep("lost", "Lost", 2, 25, null),
            ],
            parts: [
                makeNumber("passed", "passed", 1),
                makeNumber("unqualified", "never passed", 2),
            ],
        },
        territory: [
            {
                id: 1,
                name: "Divers",
                numbers: [makeNumber("territory_count", "contacts", 5)],
            },
        ],
        stuck: {
            total: makeNumber("blocked", "Blocked", 1),
            reasons: [
                makeNumber("contact_none", "Nobody was in touch", 4),
                makeNumber("question_1", "Budget?", 1),
            ],
        },
        today: [makeNumber("waiting", "wait for us", 1, {view: "kanban"})],
        next: [],
        people: [],
        ...values,
    };
}

async function openHome(values, start = []) {
    CrmLead._records = [
        {id: 1, name: "Silent", contact_state: "none"},
        {id: 2, name: "Silent, too", contact_state: "none"},
        {id: 3, name: "Talked", contact_state: "two_way"},
    ];
    CrmLead._views = {
        list: `<list><field name="name"/></list>`,
        kanban: `
            <kanban>
                <templates><t t-name="card"><field name="name"/></t></templates>
            </kanban>`,
        form: `<form><field name="name"/></form>`,
        search: `<search/>`,
    };
    onRpc("crm.qualification.home", "get_home", () => makeHome(values));
    onRpc("crm.qualification.home", "get_start", () => start);
    await mountWebClient();
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "sales_nemo.home",
    });
    await waitFor(HOME);
}

test("shows the five steps in their order, each with its numbers", async () => {
    await openHome();
    expect(queryAllTexts(`${HOME} .o_home_step`)).toEqual([
        "1. Explore the sea",
        "2. Create criteria",
        "3. Find information",
        "4. Find Nemo",
        "5. Decide",
    ]);
    expect("[data-step=explore] [data-key=untouched]").toHaveText("3 untouched");
    expect("[data-step=information] [data-key=silent]").toHaveText("2 silent");
    expect(".o_home_today [data-key=waiting]").toHaveText(/1\s+wait for us/);
    expect(".o_home_territory [role=group]").toHaveText(/Divers\s+5 contacts/);
    expect(".o_home_empty").toHaveCount(0);
});

test("the funnel tells how many made each step, and how fast", async () => {
    await openHome();
    expect(queryAllTexts(".o_home_funnel ol li")).toEqual([
        "8\nLeads",
        "4\nContacted\n50 %\nin 2 days",
        "3\nQualified\n75 %",
        "0\nWon\n0 %\nin 1 day",
    ]);
    expect(".o_home_funnel .o_funnel_parts").toHaveText(
        /Of the qualified\s+1 passed\s+2 never passed/
    );
    expect(".o_home_funnel [data-key=lost]").toHaveText(
        /2\s+Lost\s+25 % of all that came in/
    );
    expect(".o_home_funnel polygon:first").toHaveAttribute(
        "points",
        "0,0 100,0 75,10 25,10"
    );
});

test("what is stuck: the reasons, against the most frequent one", async () => {
    await openHome();
    expect(".o_home_stuck [data-key=blocked]").toHaveText("1 open lead doesn't pass");
    expect(queryAllTexts(".o_home_stuck li")).toEqual([
        "Nobody was in touch\n4",
        "Budget?\n1",
    ]);
    expect(".o_home_stuck li:first .progress-bar").toHaveStyle(
        {width: "100%"},
        {inline: true}
    );
    expect(".o_home_stuck li:last .progress-bar").toHaveStyle(
        {width: "25%"},
        {inline: true}
    );
});

test("a number opens the records that it counted, by its own name", async () => {
    await openHome();
    await contains("[data-step=information] [data-key=silent]").click();
    await waitFor(".o_list_view");
    expect(queryAllTexts(".o_data_row")).toEqual(["Silent", "Silent, too"]);
    expect(".o_breadcrumb .active").toHaveText("Find information: silent");
    await contains(".o_back_button").click();
    await waitFor(`${HOME} .o_home_steps`);
});

test("a number may have a view and a model of its own", async () => {
    ResPartner._records = [
        ...ResPartner._records,
        {id: 71, name: "Fish", city: "Coral"},
        {id: 72, name: "Bird", city: "Air"},
    ];
    ResPartner._views = {
        list: `<list><field name="name"/></list>`,
        search: `<search/>`,
    };
    await openHome();
    await contains(".o_home_today [data-key=waiting]").click();
    await waitFor(".o_kanban_view");
    expect(".o_kanban_record:not(.o_kanban_ghost)").toHaveCount(2);
    await contains(".o_back_button").click();
    await contains("[data-step=explore] [data-key=untouched]").click();
    await waitFor(".o_list_view");
    expect(queryAllTexts(".o_data_row")).toEqual(["Fish"]);
});

test("a step opens the view in which its work is done", async () => {
    await openHome();
    await contains("[data-step=decide] .o_home_step").click();
    await waitFor(".o_kanban_view");
    expect(".o_breadcrumb .active").toHaveText("Board");
});

test("no two steps open the same list", async () => {
    await openHome();
    const opened = new Set();
    patchWithCleanup(getService("action"), {
        doAction: (action, options) => opened.add(JSON.stringify([action, options])),
    });
    for (const step of ["explore", "criteria", "information", "selection", "decide"]) {
        await contains(`[data-step=${step}] .o_home_step`).click();
    }
    expect(opened.size).toBe(5);
});

test("a number of zero says what there is none of", async () => {
    const late = makeNumber("late", "flagged, past their deadline", 0, {
        domain: [["contact_state", "=", "outbound"]],
    });
    await openHome({today: [late]});
    await contains(".o_home_today [data-key=late]").click();
    await waitFor(".o_view_nocontent");
    expect(".o_view_nocontent").toHaveText(
        /Nothing here\s+At the moment nothing counts as: flagged, past their deadline/
    );
});

test("before the first lead it says where to begin", async () => {
    qualificationModels.Profile._records = [{id: 1, name: "Strict"}];
    qualificationModels.Profile._views = {
        list: `<list><field name="name"/></list>`,
        search: `<search/>`,
    };
    await openHome({is_empty: true, stuck: {...makeHome().stuck, reasons: []}});
    expect(".o_home_empty").toHaveText(/The sea lies before you/);
    expect(".o_home_stuck").toHaveText(/Nothing is stuck: the water is clear\./);
    await contains(".o_home_empty .o_home_profiles").click();
    await waitFor(".o_data_row:contains(Strict)");
    await contains(".o_back_button").click();
    await contains(".o_home_empty button:contains(Explore the Sea)").click();
    await waitFor(".o_breadcrumb .active:contains(The sea)");
    await contains(".o_back_button").click();
    await contains(".o_home_empty .o_home_new_lead").click();
    await contains(".o_form_view div[name=name] input").edit("First lead");
    await contains(".o_form_button_save").click();
    // who comes back sees the page as it is by then
    onRpc("crm.qualification.home", "get_home", () => makeHome());
    await contains(".o_back_button").click();
    await waitFor(`${HOME} [data-key=silent][data-count='2']`);
    expect(".o_home_empty").toHaveCount(0);
});

test("nothing came in yet: no rates, no days", async () => {
    const {funnel} = makeHome();
    await openHome({
        funnel: {
            ...funnel,
            steps: funnel.steps.map(({key, label}) =>
                makeStep(key, label, 0, null, null)
            ),
        },
        territory: [],
    });
    expect(".o_home_funnel [data-key=lost] .fa").toHaveClass("text-muted");
    expect(".o_home_funnel [data-key=lost] b").toHaveClass("text-muted");
    expect(queryAllTexts(".o_home_funnel ol li")).toEqual([
        "0\nLeads",
        "0\nContacted\n–",
        "0\nQualified\n–",
        "0\nWon\n–",
    ]);
    expect(".o_home_territory").toHaveText(/There is no sales team yet\./);
});

const startTexts = () =>
    queryAllTexts(".o_home_start li button, .o_home_start li .text-end");
const makeStart = (key, done = false, who = "") => ({key, done, who});

test("the guided start: what is done, what is next, and who can", async () => {
    const steps = [
        makeStart("leads", false, "Ann, Bob"),
        makeStart("publish"),
        makeStart("history", true),
        makeStart("territory"),
    ];
    await openHome({}, steps);
    expect(startTexts()).toEqual(["Ask Ann, Bob", "Open the Draft", "Open the Teams"]);
    expect("[data-start=publish] .btn").toHaveClass("btn-primary");
    expect("[data-start=territory] .btn").toHaveClass("btn-secondary");
    expect("[data-start=history] .fa").toHaveClass("fa-check-circle");
});

test("a step of the guided start that is done in a dialog is noticed", async () => {
    const steps = [makeStart("history"), makeStart("ready")];
    defineMessage("The trial");
    onRpcOpen("crm.qualification.home", "open_start_step");
    await openHome({}, steps);
    await contains("[data-start=history] .btn").click();
    await waitFor(".modal:contains(The trial)");
    steps[0].done = true;
    await contains(".modal .btn-close").click();
    await waitFor("[data-start=history] .fa-check-circle");
    expect.verifySteps([["open_start_step", "history"]]);
    await contains("[data-start=ready] .btn").click();
    await waitFor(".o_list_view");
});

test("the guided start is put away, and not there when nothing is to do", async () => {
    onRpc("res.users.settings", "set_res_users_settings", ({kwargs}) => {
        expect.step(kwargs.new_settings);
        return {};
    });
    await openHome({}, [makeStart("leads")]);
    await contains(".o_home_start .o_home_put_away").click();
    await waitForNone(".o_home_start");
    expect(`${HOME} .o_home_steps`).toHaveCount(1);
    expect.verifySteps([{qualification_start_hidden: true}]);
});

test("on a phone it begins with what to act on today", async () => {
    patchWithCleanup(utils, {isSmall: () => true});
    await openHome({}, [makeStart("leads")]);
    expect(queryAllTexts(`${HOME} section h2`)[0]).toBe("To act on today");
    expect(".o_home_today").toHaveCount(1);
    await contains(".o_home_today [data-key=waiting]").click();
    await waitFor(".o_kanban_view");
});

test("what to do next about one's own records is done with one click", async () => {
    onRpc("crm.lead", "action_next_step", ({args}) => {
        expect.step(args[0]);
        return {type: "ir.actions.act_window_close"};
    });
    const talked = {
        id: 3,
        name: "Talked",
        qualification_step: "contact_inbound",
        qualification_next_step: "Answer them",
    };
    await openHome({next: [talked]});
    expect(".o_home_next li").toHaveText(/Talked\s*Answer them/);
    await contains(".o_home_next .o_next_step").click();
    expect.verifySteps([[3]]);
});
