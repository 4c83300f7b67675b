import {addCountedTour, addTour} from "./tour_helpers";

const openLead = {
    trigger: ".o_data_row:contains(Tour lead) .o_data_cell",
    run: "click",
};
const openDialog = {
    trigger: "button:contains(Convert to Opportunity)",
    run: "click",
};
const edit = (name, text) => ({
    trigger: `.modal div[name=${name}] input`,
    run: `edit ${text}`,
});
const convert = {
    trigger: ".modal button[name=action_apply]:contains(Create Opportunity)",
    run: "click",
};
/** What is typed last is judged when the button is pressed. */
const convertTyped = {trigger: ".modal button[name=action_apply]", run: "click"};
const isOpportunity = {
    trigger: "body:not(:has(.modal)) .o_form_view .o_statusbar_status",
};

/** Where the focus is. */
const focus = (selector) => ({trigger: `${selector}:focus`});
/** Presses keys one by one, wherever the focus is. */
const press = (...keys) => ({
    trigger: "body",
    async run(helpers) {
        for (const key of keys) {
            await helpers.press(key);
        }
    },
});
const type = (text) => press(...text);

addCountedTour("qualification_convert_fresh", {clicks: 9}, () => [
    openLead,
    openDialog,
    {trigger: ".modal button[name=action_apply]:contains(4 things missing)"},
    {
        content: "Odoo's choices are folded",
        trigger: ".modal:not(:has(div[name=user_id]:visible))",
    },
    edit("contact_name", "Ann"),
    edit("phone", "02 555 12 34"),
    {trigger: ".modal li[data-check=reachable][data-state=passed]"},
    {
        trigger: ".modal div[name=contact_outcome] button:contains(Reached)",
        run: "click",
    },
    {trigger: ".modal button[name=action_apply]:contains(2 things missing)"},
    edit("need_name", "Speed"),
    edit("commitment_name", "Demo"),
    convertTyped,
    isOpportunity,
]);

addCountedTour("qualification_convert_known", {clicks: 5}, () => [
    openLead,
    openDialog,
    edit("need_name", "Speed"),
    edit("commitment_name", "Demo"),
    convertTyped,
    isOpportunity,
]);

/** What a known lead lacks is entered where it is shown: in rows, or on cards. */
const convertKnownIn = (record) => () => [
    {
        trigger: `${record} .o_next_step:contains(Ask what they want solved)`,
        run: "click",
    },
    focus(".o_fact_popover .o_new_need"),
    type("Speed"),
    press("Enter"),
    {
        trigger: `${record} .o_next_step:contains(Agree on the buyer)`,
        run: "click",
    },
    focus(".o_fact_popover .o_new_commitment"),
    type("Demo"),
    press("Enter"),
    {trigger: `${record} .o_next_step:contains(Convert)`, run: "click"},
    convert,
    isOpportunity,
];

addCountedTour(
    "qualification_convert_known_in_list",
    {clicks: 5},
    convertKnownIn(".o_data_row")
);
addCountedTour(
    "qualification_convert_known_on_card",
    {clicks: 5},
    convertKnownIn(".o_kanban_record")
);

addCountedTour("qualification_convert_ready_in_list", {clicks: 3}, () => [
    {trigger: ".o_data_row .o_next_step:contains(Convert)", run: "click"},
    convert,
    isOpportunity,
]);

addCountedTour("qualification_convert_ready_on_card", {clicks: 3}, () => [
    {trigger: ".o_kanban_record .o_next_step:contains(Convert)", run: "click"},
    convert,
    isOpportunity,
]);

addCountedTour("qualification_convert_by_keyboard", {clicks: 0, keys: 25}, () => [
    {trigger: ".o_data_row:contains(Tour lead)"},
    focus(".o_searchview_input"),
    press("ArrowDown", "ArrowDown"),
    {trigger: ".o_data_row:has(:focus)"},
    press("Enter"),
    {trigger: openDialog.trigger},
    press("alt+v"),
    focus(".modal div[name=contact_name] input"),
    type("Ann"),
    press("Tab", "Tab"),
    focus(".modal div[name=phone] input"),
    type("02 555 12 34"),
    press("Tab"),
    focus(".modal div[name=contact_outcome] button"),
    press("Enter"),
    {trigger: ".modal div[name=contact_note]"},
    press("Tab", "Tab", "Tab", "Tab", "Tab"),
    focus(".modal div[name=need_name] input"),
    type("Speed"),
    press("Tab"),
    {trigger: ".modal li[data-check=needs_known][data-state=passed]"},
    {
        async run(helpers) {
            while (!document.activeElement.closest("div[name=commitment_name]")) {
                await helpers.press("Tab");
            }
        },
        trigger: ".modal div[name=need_state]",
    },
    type("Demo"),
    press("ctrl+Enter"),
    isOpportunity,
]);

addTour("qualification_convert_keeps", () => [
    openDialog,
    focus(".modal div[name=contact_name] input"),
    {
        content: "the grade says what it stands for",
        trigger: ".modal .badge[tabindex][title*='of the points']",
    },
    edit("need_name", "Speed"),
    press("Escape"),
    {
        content: "Enter doesn't lose it, nor does another Escape",
        trigger: ".modal:contains(Discard what you typed?)",
    },
    press("Enter"),
    {trigger: "body:not(:has(.modal:contains(Discard what you typed?)))"},
    press("Escape"),
    {trigger: ".modal:contains(Discard what you typed?)"},
    press("Escape"),
    {trigger: "body:not(:has(.modal:contains(Discard what you typed?)))"},
    {trigger: ".modal .btn-close", run: "click"},
    {trigger: ".modal button:contains(Go on typing)", run: "click"},
    {trigger: ".modal div[name=need_name] input:value(Speed)"},
    {
        content: "the first press keeps it",
        trigger: ".modal button[name=action_apply]:contains(3 things missing)",
        run: "click",
    },
    {
        content: "it is the lead's now, and not asked for again",
        trigger: ".modal:not(:has(div[name=need_name]))",
    },
    focus(".modal div[name=contact_name] input"),
    {trigger: ".modal .o_qualification_fold", run: "click"},
    {trigger: ".modal div[name=user_id]:visible"},
    {trigger: ".modal button[name=action_apply]", run: "click"},
    {
        content: "the next one leads to what is missing",
        ...focus(".modal div[name=contact_name] input"),
    },
    edit("phone", "02 555 12 34"),
    {
        trigger: ".modal .btn-close",
        run: "click",
    },
    {trigger: ".modal button:contains(Discard)", run: "click"},
    {trigger: "body:not(:has(.modal))"},
]);
