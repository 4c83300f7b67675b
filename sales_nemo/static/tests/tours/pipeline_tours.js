import {addTour} from "./tour_helpers";

const column = (name) => `.o_kanban_group:has(.o_column_title:contains(${name}))`;
const card = (name, status) => `${column(status)} .o_kanban_record:contains(${name})`;
const drop = (name, from, to) => ({
    trigger: card(name, from),
    run: `drag_and_drop (${column(to)})`,
});

addTour("pipeline", () => [
    drop("Tour deal", "Pending", "Won"),
    {trigger: ".o_reward_rainbow", run: "click"},
    {trigger: card("Tour deal", "Won")},
    {
        content: "what was won may come back",
        ...drop("Tour deal", "Won", "Pending"),
    },
    {trigger: card("Tour deal", "Pending")},
    {trigger: ".o_searchview_facet .o_facet_remove", run: "click"},
    {
        content: "a lead is not won: its dialog says what is missing",
        ...drop("Tour lead", "Pending", "Won"),
    },
    {trigger: ".o_notification:contains(can't be won)"},
    {trigger: ".modal li[data-check=contacted][data-state=failed]"},
    {trigger: ".modal .btn-close", run: "click"},
    {trigger: `body:not(:has(.modal)) ${card("Tour lead", "Pending")}`},
    drop("Tour lead", "Pending", "Lost"),
    {
        content: "losing asks why; discarded, nothing is lost",
        trigger: ".modal button:contains(Discard)",
        run: "click",
    },
    {trigger: `body:not(:has(.modal)) ${card("Tour lead", "Pending")}`},
    drop("Tour lead", "Pending", "Lost"),
    {trigger: ".modal .o_selection_badge:contains(Tour reason)", run: "click"},
    {trigger: ".modal button[name=action_lost_reason_apply]", run: "click"},
    {
        trigger: `body:not(:has(.modal)) ${card("Tour lead", "Lost")}:contains(Tour reason)`,
    },
    {
        content: "it comes back without being asked anything",
        ...drop("Tour lead", "Lost", "Pending"),
    },
    {trigger: card("Tour lead", "Pending")},
    {
        content: "the lists of what is closed, each in all its views",
        trigger: "[data-menu-xmlid='crm.crm_menu_sales']",
        run: "click",
    },
    {trigger: "[data-menu-xmlid='sales_nemo.crm_lead_menu_won']", run: "click"},
    {trigger: ".o_breadcrumb:contains(Won)"},
    {trigger: ".o_kanban_record:contains(Tour won)"},
    ...["list", "graph", "pivot", "calendar"].flatMap((view) => [
        {trigger: `.o_switch_view.o_${view}`, run: "click"},
        {trigger: `.o_${view}_view, .o_${view}_container`},
    ]),
    {trigger: ".o_calendar_view .o_event:contains(Tour won)"},
    {trigger: "[data-menu-xmlid='crm.crm_menu_sales']", run: "click"},
    {trigger: "[data-menu-xmlid='sales_nemo.crm_lead_menu_lost']", run: "click"},
    {trigger: ".o_breadcrumb:contains(Lost)"},
    {trigger: ".o_kanban_record:contains(Tour lost)"},
    ...["graph", "pivot", "calendar", "list"].flatMap((view) => [
        {trigger: `.o_switch_view.o_${view}`, run: "click"},
        {trigger: `.o_${view}_view, .o_${view}_container`},
    ]),
    {
        trigger: ".o_data_row:contains(Tour lost) .o_list_record_selector input",
        run: "click",
    },
    {trigger: "button[name=action_restore]", run: "click"},
    {trigger: ".o_list_view:not(:has(.o_data_row:contains(Tour lost)))"},
]);

const QUICK = ".o_kanban_quick_create";

addTour("quick_create_refused", () => [
    {trigger: `${column("Qualified")} .o_kanban_quick_add`, run: "click"},
    {
        content: "the card says at once that it will be refused",
        trigger: `${QUICK} .o_quick_create_refused:contains(never a lead)`,
    },
    {trigger: `${QUICK} [name=name] input`, run: "edit Tour quick"},
    {trigger: `${QUICK} button:contains(Create as a lead)`, run: "click"},
    {
        content: "the lead is told, and one click away",
        trigger: ".o_notification:contains(“Tour quick” is a lead)",
    },
    {
        trigger: `body:not(:has(.o_kanban_record:contains(Tour quick))) ${QUICK}`,
    },
    {trigger: ".o_notification button:contains(Open the lead)", run: "click"},
    {trigger: ".o_breadcrumb:contains(Tour quick)"},
]);

addTour("quick_create_lead", () => [
    {trigger: `${column("Qualified")} .o_kanban_quick_add`, run: "click"},
    {
        trigger: `${QUICK}:not(:has(.o_quick_create_refused)) [name=name] input`,
        run: "edit Tour quick",
    },
    {trigger: `${QUICK} .o_kanban_add`, run: "click"},
    {
        content: "what became a lead is no card, but is told",
        trigger: ".o_notification:contains(“Tour quick” is a lead)",
    },
    {
        trigger: `body:not(:has(.o_kanban_record:contains(Tour quick))) ${QUICK}`,
    },
    {trigger: ".o_notification button:contains(Open the lead)", run: "click"},
    {trigger: ".o_breadcrumb:contains(Tour quick)"},
]);

const CALL = ".o_call_page";

addTour("call_mode", () => [
    {
        trigger: ".o_home_today div:has(> [data-key=ready]) .o_home_work_through",
        run: "click",
    },
    {trigger: `${CALL}:contains(1 of 2) .o_call_phone[href^='tel:']`},
    {trigger: `${CALL} .o_call_outcomes button:contains(No answer)`, run: "click"},
    {trigger: `${CALL}:contains(2 of 2)`},
    {
        trigger: `${CALL} .o_qualification_question:contains(Budget) label:contains(Yes)`,
        run: "click",
    },
    {trigger: `${CALL} .o_qualification_question input:checked`},
    {trigger: `${CALL} .o_call_note`, run: "edit Likes it"},
    {trigger: `${CALL} .o_call_outcomes button:contains(Reached)`, run: "click"},
    {trigger: `${CALL} .o_call_logged`},
    {trigger: `${CALL} .o_call_next`, run: "click"},
    {trigger: ".o_call_end"},
]);
