import {addTour} from "./tour_helpers";

addTour("recycling_lose", () => [
    {
        content: "the link of an e-mail opens the record, with the dialog over it",
        trigger: ".modal .o_selection_badge:contains(Spam)",
        run: "click",
    },
    {trigger: ".modal div[name=recycle_to] input[data-value=never]:checked"},
    {trigger: ".modal button[name=action_lost_reason_apply]", run: "click"},
    {trigger: "body:not(:has(.modal)) .o_form_view .ribbon:contains(Lost)"},
    {
        content: "a second thought",
        trigger: ".o_form_view button[name=action_restore]",
        run: "click",
    },
    {
        trigger:
            ".o_form_view:not(:has(.ribbon:contains(Lost))) button:contains(/^Lost$/)",
        run: "click",
    },
    {
        content: "without a reason nothing is lost",
        trigger: ".modal button[name=action_lost_reason_apply]",
        run: "click",
    },
    {trigger: ".modal div[name=lost_reason_id].o_field_invalid"},
    {
        trigger: ".modal .o_selection_badge:contains(Not now)",
        run: "click",
    },
    {
        content: "the reason proposes what happens next",
        trigger: ".modal div[name=recycle_to] input[data-value=same]:checked",
    },
    {trigger: ".modal div[name=recycle_date]:visible"},
    {
        content: "and it may be changed",
        trigger: ".modal div[name=recycle_to] input[data-value=pool]",
        run: "click",
    },
    {
        trigger: ".modal div[name=recycle_team_id] input",
        run: "edit Theirs",
    },
    {trigger: ".o-autocomplete--dropdown-item:contains(Theirs)", run: "click"},
    {
        trigger: ".modal div[name=lost_feedback] .odoo-editor-editable",
        run: "editor They moved",
    },
    {trigger: ".modal button[name=action_lost_reason_apply]", run: "click"},
    {
        content: "the lost record says that it comes back",
        trigger: "body:not(:has(.modal)) .o_form_view .alert:contains(Back to the sea)",
    },
    {trigger: "a[name=attempts]", run: "click"},
    {trigger: "div[name=recycle_team_id] input:value(Theirs)"},
]);

addTour("recycling_lose_many", () => [
    {trigger: ".o_list_view .o_data_row:contains(Tour one)"},
    {trigger: "thead .o_list_record_selector input", run: "click"},
    {
        trigger: ".o_control_panel button:contains(Mark Lost):visible",
        run: "click",
    },
    {trigger: ".modal .o_selection_badge:contains(Not now)", run: "click"},
    {
        trigger: ".modal div[name=recycle_to] input[data-value=same]:checked",
    },
    {trigger: ".modal button[name=action_lost_reason_apply]", run: "click"},
    {
        trigger:
            "body:not(:has(.modal)) .o_list_view:not(:has(.o_data_row:contains(Tour)))",
    },
]);

addTour("recycling_claim", () => [
    {trigger: ".o_list_view .o_data_row:contains(Tour pool):contains(No click)"},
    {trigger: ".o_data_row:contains(Tour pool) td[name=attempt]:contains(2)"},
    {trigger: ".o_data_row:contains(Tour late) td[name=name]", run: "click"},
    {
        content: "a colleague took it after this form was opened",
        trigger: ".o_form_view button[name=action_claim]",
        async run() {
            const {orm} = odoo.__WOWL_DEBUG__.root.env.services;
            const leads = await orm.search("crm.lead", [["name", "=", "Tour late"]]);
            await orm.write("crm.lead", leads, {user_id: 2});
        },
    },
    {trigger: ".o_form_view button[name=action_claim]", run: "click"},
    {trigger: ".modal .o_error_dialog, .modal:contains(has it)"},
    {trigger: ".modal .modal-footer button", run: "click"},
    {trigger: "body:not(:has(.modal)) .o_form_view"},
    {trigger: ".o_back_button", run: "click"},
    {
        trigger: ".o_data_row:contains(Tour pool) button[name=action_claim]",
        run: "click",
    },
    {
        content: "it is mine, with what is known about it",
        trigger: ".o_form_view .o_field_widget[name=user_id] input:value(Claimer)",
    },
    {trigger: ".o-mail-Message:contains(Attempt 2):contains(No click)"},
    {trigger: ".oe_stat_button[name=action_open_attempts]:contains(2)"},
    {trigger: "body:not(:has(button[name=action_claim]:visible))"},
]);
