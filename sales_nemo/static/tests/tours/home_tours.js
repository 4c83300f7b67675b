import {addTour} from "./tour_helpers";

const home = ".o_qualification_home";

/** Opens a number, compares it with the records that are shown, and goes back. */
function compare(selector, records) {
    let count = 0;
    return [
        {
            trigger: `${home} ${selector}`,
            async run({click}) {
                count = Number(this.anchor.dataset.count);
                await click();
            },
        },
        {
            content: `as many as ${selector} said`,
            trigger: `${records}:not(:has(${home}))`,
            run() {
                const card = ".o_kanban_record:not(.o_kanban_ghost)";
                const found = document.querySelectorAll(`.o_data_row, ${card}`).length;
                if (!count || found !== count) {
                    throw new Error(`${selector}: ${count} counted, ${found} shown`);
                }
            },
        },
        {trigger: ".o_back_button", run: "click"},
        {trigger: `${home} .o_home_steps`},
    ];
}

const LIST = ".o_action_manager:has(.o_list_view .o_data_row)";
const KANBAN = ".o_action_manager:has(.o_kanban_view .o_kanban_record)";

addTour("qualification_home", () => [
    {
        trigger: "[data-menu-xmlid='sales_nemo.qualification_menu']",
        run: "click",
    },
    {
        content: "the home page is the menu's first entry",
        trigger: ".dropdown-item[data-menu-xmlid='sales_nemo.qualification_menu_home']",
        run: "click",
    },
    {trigger: `${home} li[data-step=explore]`},
    ...compare("[data-step=explore] [data-key=untouched]", LIST),
    ...compare("[data-step=criteria] [data-key=profiles]", LIST),
    ...compare("[data-step=information] [data-key=silent]", LIST),
    ...compare("[data-step=selection] [data-key=ready]", LIST),
    ...compare("[data-step=decide] [data-key=open]", KANBAN),
    ...compare(".o_home_today [data-key=waiting]", KANBAN),
    ...compare(".o_home_stuck [data-key=blocked]", LIST),
    ...compare(".o_home_stuck [data-key=contact_none]", LIST),
    ...compare(".o_home_stuck [data-key^=question_]", LIST),
    ...compare(".o_home_funnel [data-key=lead]", LIST),
    ...compare(".o_home_funnel [data-key=won]", LIST),
    ...compare(".o_home_territory [data-key=territory_count]", LIST),
    {
        content: "a step opens the view in which its work is done",
        trigger: `${home} [data-step=decide] .o_home_step`,
        run: "click",
    },
    {trigger: ".o_breadcrumb:contains(Board)"},
]);

// From the installation to a framework that rules: nothing is typed.
addTour("qualification_start", () => [
    {
        trigger: `${home} [data-start=leads] button`,
        run: "click",
        expectUnloadPage: true,
    },
    {
        content: "the page was loaded again, and Odoo's Leads are there",
        trigger: `${home} [data-start=leads][data-done]`,
    },
    {trigger: `${home} [data-start=profile]:not([data-done]) button`, run: "click"},
    {trigger: ".modal .o_kanban_record:contains(BANT)", run: "click"},
    {trigger: ".o_form_view button[name=action_publish]", run: "click"},
    {trigger: ".modal button[name=action_publish]", run: "click"},
    {trigger: "body:not(:has(.modal)) .o_form_view .o_statusbar_status"},
    {trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a", run: "click"},
    {trigger: `${home} li[data-start=profile][data-done]`},
    {content: "it is put away", trigger: `${home} .o_home_put_away`, run: "click"},
    {trigger: `${home}:not(:has(.o_home_start)) .o_home_steps`},
]);
