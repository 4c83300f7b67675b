import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("qualification_backtest", {
    steps: () => [
        {trigger: "button:contains(Try on History)", run: "click"},
        {
            trigger:
                ".modal .o_field_widget[name=summary]:contains(blocked 2 of 3 won and 2 of 2 lost)",
        },
        {
            content: "a number opens the deals behind it",
            trigger:
                ".modal tr[data-check=needs_known] td[data-cell=won-blocked] button",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row:contains(Deal 1)"},
        {trigger: ".o_list_view:not(:has(.o_data_row:contains(Deal 0)))"},
        {trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a", run: "click"},
        {
            content: "nothing was enforced yet; the button shows the trial first",
            trigger:
                ".o_form_view .o_statusbar_status .o_arrow_button_current:contains(Advise)",
        },
        {
            trigger: ".o_form_view .o_statusbar_buttons button:contains(Enforce)",
            run: "click",
        },
        {trigger: ".modal tr[data-check=all] td[data-cell=lost-blocked]:contains(2)"},
        {trigger: ".modal button[name=action_enforce]", run: "click"},
        {
            trigger:
                "body:not(:has(.modal)) .o_statusbar_status .o_arrow_button_current:contains(Enforce)",
        },
    ],
});
