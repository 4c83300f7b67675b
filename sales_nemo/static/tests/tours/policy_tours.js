import {addTour} from "./tour_helpers";

addTour("qualification_policy", () => [
    {
        content: "over the leads a manager is told of a profile that only advises",
        trigger: ".o_advise_banner:contains(Strict) button:contains(Enforce)",
        run: "click",
    },
    {
        content: "its button shows the trial first",
        trigger:
            ".modal .o_field_widget[name=summary]:contains(blocked 2 of 3 won and 2 of 2 lost)",
    },
    {
        content: "a number opens the deals behind it",
        trigger: ".modal tr[data-check=needs_known] td[data-cell=won-blocked] button",
        run: "click",
    },
    {trigger: ".o_list_view .o_data_row:contains(Deal 1)"},
    {trigger: ".o_list_view:not(:has(.o_data_row:contains(Deal 0)))"},
    {trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a", run: "click"},
    {
        content: "nothing was enforced yet",
        trigger: ".o_advise_banner button:contains(Show the profile)",
        run: "click",
    },
    {
        trigger:
            ".o_form_view .o_statusbar_status .o_arrow_button_current:contains(Advise)",
    },
    {trigger: "button:contains(Try on History)", run: "click"},
    {trigger: ".modal tr[data-check=all] td[data-cell=lost-blocked]:contains(2)"},
    {trigger: ".modal .btn-close", run: "click"},
    {
        trigger:
            "body:not(:has(.modal)) .o_form_view .o_statusbar_buttons button:contains(Enforce)",
        run: "click",
    },
    {trigger: ".modal tr[data-check=all] td[data-cell=lost-blocked]:contains(2)"},
    {trigger: ".modal button[name=action_enforce]", run: "click"},
    {
        trigger:
            "body:not(:has(.modal)) .o_statusbar_status .o_arrow_button_current:contains(Enforce)",
    },
    {trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a", run: "click"},
    {trigger: "body:not(:has(.o_advise_banner)) .o_list_renderer"},
    {
        content: "a profile and its first question, from the menu",
        trigger: "[data-menu-xmlid='crm.crm_menu_config']",
        run: "click",
    },
    {
        trigger: "[data-menu-xmlid='sales_nemo.crm_qualification_profile_menu']",
        run: "click",
    },
    {trigger: ".o_breadcrumb:contains(Profiles)"},
    {trigger: ".o_list_button_add", run: "click"},
    {trigger: "div[name=name] input", run: "edit Tour"},
    {
        trigger: "div[name=criterion_ids] .o_field_x2many_list_row_add a",
        run: "click",
    },
    {trigger: ".modal div[name=name] input", run: "edit Tour question?"},
    {trigger: ".modal .o_form_button_save", run: "click"},
    {trigger: ".o_data_row:contains(Tour question?)"},
    {trigger: ".o_form_button_save", run: "click"},
    {trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible"},
]);
