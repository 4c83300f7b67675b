import {addTour} from "./tour_helpers";

/** Steps that open an entry of the Reporting menu. */
function openReport(xmlid) {
    return [
        {
            trigger: ".o_menu_sections [data-menu-xmlid='crm.crm_menu_report']",
            run: "click",
        },
        {trigger: `.dropdown-item[data-menu-xmlid='${xmlid}']`, run: "click"},
    ];
}

addTour("qualification_funnel", () => [
    ...openReport("sales_nemo.crm_qualification_funnel_menu"),
    {trigger: ".o_pivot th:contains(Contacted %)"},
    {trigger: ".o_pivot th:contains(Days to Contact)"},
    {
        content: "three leads of hers, two contacted, one of them qualified",
        trigger: ".o_pivot tbody tr:first:contains(66.7):contains(50.0)",
    },
    {trigger: ".o_pivot tbody tr:first .o_pivot_cell_value:first", run: "click"},
    {
        content: "the number opens the records that it counted",
        trigger: ".o_list_view:has(.o_data_row:nth-child(3)) .o_data_row",
    },
    {
        trigger:
            ".o_data_row:contains(Tour contacted) td[name=step]:contains(Contacted)",
    },
    {
        trigger:
            ".o_data_row:contains(Tour qualified) td[name=step]:contains(Qualified)",
        run: "click",
    },
    {
        content: "a row opens its lead",
        trigger: ".o_form_view .o_qualification_badges:contains(Ready)",
    },
]);

addTour("qualification_overrides", () => [
    ...openReport("sales_nemo.crm_qualification_override_menu"),
    {trigger: ".o_pivot tr:has(th:contains(Passed)):contains(100.0)"},
    {trigger: ".o_pivot th:contains(Overridden)", run: "click"},
    {trigger: ".o-dropdown--menu .o_menu_item:contains(Reason)", run: "click"},
    {trigger: ".o_pivot tr:has(th:contains(Trust me)):contains(0.0)"},
    {trigger: "button.o_switch_view.o_graph", run: "click"},
    {trigger: ".o_graph_renderer canvas"},
    {trigger: "button.o_switch_view.o_list", run: "click"},
    {trigger: ".o_data_row:contains(Trust me)"},
    ...openReport("sales_nemo.crm_qualification_lift_menu"),
    {
        content: "one of two was won; of the one that met it nothing is told",
        trigger: ".o_lift_chart:contains(Strict):contains(average of all 2: 50.0 %)",
    },
    {trigger: ".o_lift_chart canvas[role=img]"},
    {
        trigger: ".o_data_row:contains(Budget?):contains(too few (1 and 0))",
    },
    {
        trigger: ".o_data_row:contains(Budget?) td[name=name]",
        run: "click",
    },
    {
        content: "the row opens what it counts",
        trigger: ".o_list_view .o_group_name:contains(Won (1))",
    },
    {trigger: ".o_group_name:contains(Lost (1))"},
]);
