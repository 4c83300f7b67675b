import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("qualification_lift", {
    steps: () => [
        {trigger: "[data-menu-xmlid='crm.crm_menu_report']", run: "click"},
        {
            trigger: "[data-menu-xmlid='sales_nemo.crm_qualification_lift_menu']",
            run: "click",
        },
        {
            content: "three of five were won",
            trigger:
                ".o_lift_chart:contains(Strict):contains(average of all 5: 60.0 %)",
        },
        {trigger: ".o_lift_chart canvas[role=img]"},
        {
            content: "three of the four that met it; of the other one nothing is told",
            trigger:
                ".o_data_row:contains(Budget?):contains(75.0 %):contains(too few (1))",
        },
        {
            trigger: ".o_data_row:contains(Budget?) td[name=lift_text]:contains(1.25)",
            run: "click",
        },
        {
            content: "the row opens what it counts",
            trigger: ".o_list_view .o_group_name:contains(Won (3))",
        },
        {trigger: ".o_group_name:contains(Lost (2))"},
    ],
});
