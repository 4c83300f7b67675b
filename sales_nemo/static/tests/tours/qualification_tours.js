import {rpc} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const openTab = {trigger: "a[name=qualification]", run: "click"};

tours.add("qualification_from_lead_to_opportunity", {
    steps: () => [
        {trigger: "button:contains(Convert to Opportunity)", run: "click"},
        {
            content: "all reasons are shown at once",
            trigger: ".modal li[data-check=contacted][data-state=failed]",
        },
        {trigger: ".modal li[data-check=needs_known][data-state=failed]"},
        {trigger: ".modal li[data-check=committed][data-state=failed]"},
        {trigger: ".modal li[data-check=criteria_met][data-state=failed]"},
        {
            content: "a need that is typed is kept although the gate refuses",
            trigger: ".modal div[name=need_name] input",
            run: "edit Speed",
        },
        {trigger: ".modal button[name=action_apply]", run: "click"},
        {trigger: ".modal li[data-check=needs_known][data-state=passed]"},
        {trigger: ".modal li[data-check=contacted][data-state=failed]"},
        {
            content: "an open question is answered right here",
            trigger: ".modal .o_qualification_question:contains(Budget?) select",
            run: "select yes",
        },
        {trigger: ".modal li[data-check=criteria_met][data-state=passed]"},
        {
            trigger: ".modal div[name=commitment_name] input",
            run: "edit Demo",
        },
        {
            trigger: ".modal div[name=contact_outcome] :is(select, input)",
            run: "click",
        },
        {
            trigger:
                ".o_select_menu_item:contains(We talked), .modal option:contains(We talked)",
            run: "click",
        },
        {trigger: ".modal button[name=action_apply]", run: "click"},
        {
            content: "it is an opportunity now",
            trigger: "body:not(:has(.modal)) .o_form_view .o_statusbar_status",
        },
        {trigger: ".o_qualification_badges:contains(Qualified)"},
    ],
});

tours.add("qualification_sheet", {
    steps: () => [
        {trigger: ".o_qualification_badges:contains(Blocked)"},
        openTab,
        {
            trigger: ".o_qualification_sheet .o_qualification_new_need",
            run: "edit Speed && press Enter",
        },
        {
            trigger: ".o_qualification_need:contains(Speed) select",
            run: "select confirmed",
        },
        {
            trigger:
                ".o_qualification_sheet li[data-check=needs_known][data-state=passed]",
        },
        {
            trigger: ".o_qualification_question:contains(Size?) select",
            run: "select Medium",
        },
        {
            trigger:
                ".o_qualification_question:contains(Size?) .badge:contains(Partly met)",
        },
        {trigger: "button:contains(Add a commitment)", run: "click"},
        {trigger: ".modal div[name=name] input", run: "edit Demo"},
        {trigger: ".modal .o_form_button_save", run: "click"},
        {trigger: ".o_qualification_commitment:contains(Demo)"},
        {
            trigger: ".o_qualification_sheet button:contains(Log a Contact)",
            run: "click",
        },
        {trigger: ".modal div[name=note] textarea", run: "edit We talked"},
        {trigger: ".modal button[name=action_log]", run: "click"},
        {trigger: ".o_qualification_sheet:contains(In touch both ways)"},
        {trigger: ".o_qualification_badges:contains(Ready)"},
        {trigger: "button:contains(Show proof)", run: "click"},
        {trigger: ".modal:contains(We talked)"},
        {trigger: ".modal .btn-close", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

tours.add("qualification_done_call", {
    steps: () => [
        {trigger: ".o-mail-Activity-markDone", run: "click"},
        {trigger: ".o_call_outcome button:contains(No Answer)"},
        {trigger: ".o_call_outcome button:contains(Reached)", run: "click"},
        {trigger: ".o_qualification_badges:contains(In touch)"},
    ],
});

const openMassConversion = () => [
    {trigger: "thead .o_list_record_selector input", run: "click"},
    {trigger: ".o_cp_action_menus .dropdown-toggle", run: "click"},
    {trigger: ".o-dropdown-item:contains(Convert to opportunities)", run: "click"},
];

tours.add("qualification_mass_conversion", {
    steps: () => [
        ...openMassConversion(),
        {trigger: ".modal .o_conversion_passing:contains(1 will be converted)"},
        {trigger: ".modal .o_conversion_refused:contains(1 stays a lead)"},
        {
            trigger: ".modal .o_conversion_preview button:contains(Show who)",
            run: "click",
        },
        {trigger: ".modal .o_conversion_examples:contains(Tour bad)"},
        {trigger: ".modal button[name=action_mass_convert]", run: "click"},
        {trigger: ".modal button[name=action_open_converted]:contains(1)"},
        {trigger: ".modal .o_data_row:contains(Tour bad):contains(in touch)"},
        {
            trigger: ".modal .o_conversion_reasons button:contains(Contacted)",
            run: "click",
        },
        {trigger: "body:not(:has(.modal)) .o_data_row:contains(Tour bad)"},
    ],
});

tours.add("qualification_mass_conversion_of_filter", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(Tour one) .o_list_record_selector input",
            run: "click",
        },
        ...openMassConversion().slice(1),
        {trigger: ".modal .o_conversion_passing:contains(1 will be converted)"},
        {trigger: ".modal [name=scope] input[data-value=filter]", run: "click"},
        {trigger: ".modal .o_conversion_passing:contains(2 will be converted)"},
        {trigger: ".modal button[name=action_mass_convert]", run: "click"},
        {
            trigger: ".modal button[name=action_open_converted]:contains(2)",
            run: "click",
        },
        {trigger: "body:not(:has(.modal)) .o_data_row:contains(Tour two)"},
    ],
});

tours.add("qualification_mass_conversion_in_background", {
    steps: () => [
        ...openMassConversion(),
        {trigger: ".modal .o_conversion_passing:contains(2 will be converted)"},
        {trigger: ".modal button[name=action_mass_convert]", run: "click"},
        {trigger: ".modal .o_conversion_progress:contains(0 of 2 leads)"},
        {trigger: ".modal button[name=action_cancel]", run: "click"},
        {trigger: ".modal .alert:contains(Cancelled)"},
        {trigger: ".modal button[name=action_resume]", run: "click"},
        {
            trigger: ".modal .o_conversion_progress:contains(0 of 2 leads)",
            async run() {
                const {orm} = odoo.__WOWL_DEBUG__.root.env.services;
                const crons = await orm.search("ir.cron", [
                    ["code", "=", "model._cron_convert()"],
                ]);
                await orm.call("ir.cron", "method_direct_trigger", [crons]);
            },
        },
        {
            content: "the result comes without being asked for",
            trigger: ".modal button[name=action_open_converted]:contains(2)",
        },
        {trigger: "body:not(:has(.modal .o_conversion_progress))"},
    ],
});

tours.add("qualification_banner", {
    steps: () => [
        {trigger: ".o_advise_banner:contains(Strict)"},
        {trigger: ".o_advise_banner button:contains(Enforce)", run: "click"},
        {trigger: ".modal button[name=action_enforce]", run: "click"},
        {trigger: "body:not(:has(.o_advise_banner)) .o_list_renderer"},
    ],
});

tours.add("qualification_configuration", {
    steps: () => [
        {trigger: "[data-menu-xmlid='crm.crm_menu_config']", run: "click"},
        {
            trigger: "[data-menu-xmlid='sales_nemo.crm_qualification_profile_menu']",
            run: "click",
        },
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
    ],
});

tours.add("qualification_link_to_convert", {
    steps: () => [
        {trigger: ".modal li[data-check=contacted][data-state=failed]"},
        {trigger: ".modal .btn-close", run: "click"},
        {trigger: "body:not(:has(.modal)) .o_form_view:contains(Tour lead)"},
    ],
});

tours.add("qualification_next_question_in_list", {
    steps: () => [
        {
            content: "who waits for our answer comes first",
            trigger: ".o_data_row:first:contains(Tour waiting)",
        },
        {
            trigger:
                ".o_data_row:contains(Tour lead) .o_next_question:contains(Budget?)",
            run: "click",
        },
        {trigger: ".o_next_question_popover:contains(Ask who signs)"},
        {trigger: ".o_next_question_popover select", run: "select yes"},
        {
            content: "the list shows what to ask now",
            trigger: ".o_data_row:contains(Tour lead) .o_next_question:contains(Size?)",
            run: "click",
        },
        {trigger: ".o_next_question_popover .o_plan_question", run: "click"},
        {trigger: ".modal div[name=summary] input:value(Size?)"},
        {trigger: ".modal button[name=action_schedule_activities]", run: "click"},
        {trigger: "body:not(:has(.modal)) .o_data_row:contains(Tour lead)"},
    ],
});

tours.add("qualification_next_question_on_card", {
    steps: () => [
        {trigger: ".o_switch_view.o_kanban", run: "click"},
        {
            trigger:
                ".o_kanban_record:contains(Tour lead) .o_next_question:contains(Budget?)",
            run: "click",
        },
        {trigger: ".o_next_question_popover select", run: "select no"},
        {
            trigger:
                ".o_kanban_record:contains(Tour lead) .o_next_question:contains(Size?)",
        },
        {
            content: "the badge opens what proves the contact",
            trigger: ".o_kanban_record:contains(Tour waiting) .o_contact_badge",
            run: "click",
        },
        {trigger: ".modal:contains(Is anybody there?)"},
        {trigger: ".modal .btn-close", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

tours.add("qualification_proof", {
    steps: () => [
        openTab,
        {trigger: ".o_qualification_need:contains(Speed) .o_prove", run: "click"},
        {trigger: ".o_qualification_need:contains(Speed) .o_proof", run: "click"},
        {trigger: ".modal:contains(We talked about speed)"},
        {trigger: ".modal .btn-close", run: "click"},
        {trigger: "body:not(:has(.modal))"},
        {
            trigger: ".o_qualification_question:contains(Budget?) .o_prove",
            run: "click",
        },
        {trigger: ".o_qualification_question:contains(Budget?) .o_proof"},
        {
            trigger: ".o_qualification_commitment:contains(Demo) .o_prove",
            run: "click",
        },
        {trigger: ".o_qualification_commitment:contains(Demo) .o_proof"},
        {
            content: "a private meeting of others proves, but isn't shown",
            trigger: ".o_qualification_need:contains(Secret) .o_proof",
            run: "click",
        },
        {trigger: ".modal:contains(private meeting of other people)"},
        {trigger: ".modal .btn-primary, .modal .btn-close", run: "click"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

tours.add("qualification_meeting", {
    steps: () => [
        {trigger: "button[name=action_schedule_meeting]", run: "click"},
        {
            content: "the calendar of this lead",
            trigger: ".o_calendar_view .o_searchview_facet:contains(Tour lead)",
        },
    ],
});

tours.add("qualification_keeps_what_was_typed", {
    steps: () => [
        {trigger: "div[name=name] textarea", run: "edit Tour lead renamed"},
        {trigger: ".o_form_view .o_next_question:contains(Budget?)", run: "click"},
        {trigger: ".o_next_question_popover select", run: "select yes"},
        {trigger: ".o_form_view .o_next_question:contains(Size?)"},
        {trigger: "div[name=contact_name] input", run: "edit Ann"},
        openTab,
        {
            trigger: ".o_qualification_question:contains(Size?) select",
            run: "select Large",
        },
        {trigger: ".o_qualification_question:contains(Size?) .badge:contains(Met)"},
        {trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible"},
    ],
});

const openContact = [
    {
        trigger: ".o_form_view div[name=partner_id] .o_external_button:not(:visible)",
        run: "click",
    },
    {trigger: ".o_lifecycle_badges"},
];
const backToLead = {trigger: ".o_back_button", run: "click"};

/** The customer's answer comes in as the mail server hands it over. */
async function receiveReply() {
    const mail = [
        "From: Ann <ann@journey.example>",
        "To: sales@company.example",
        "Subject: Re: Hello",
        `Message-ID: <${Date.now()}@journey.example>`,
        "",
        "Yes, we want to hear more.",
    ].join("\n");
    const leadId = Number(new URL(window.location).pathname.split("/").pop());
    await rpc("/web/dataset/call_kw/mail.thread/message_process", {
        model: "mail.thread",
        method: "message_process",
        args: ["crm.lead", mail],
        kwargs: {thread_id: leadId},
    });
}

tours.add("qualification_whole_journey", {
    steps: () => [
        {
            content: "a contact in the sea",
            trigger: ".o_data_row:contains(Ann):contains(In the sea) input",
            run: "click",
        },
        {trigger: "button:contains(Create Leads)", run: "click"},
        {trigger: ".modal .badge:contains(Leads to create: 1)"},
        {trigger: ".modal button[name=action_create_leads]", run: "click"},
        {
            content: "a lead",
            trigger: ".o_data_row:contains(Ann):contains(Never contacted) .o_data_cell",
            run: "click",
        },
        ...openContact,
        {trigger: ".o_lifecycle_badges:contains(Lead)"},
        {trigger: "button:contains(Leads):contains(1)"},
        backToLead,
        {trigger: ".o_qualification_badges:contains(Blocked)"},
        {content: "answers", ...openTab},
        {
            trigger: ".o_qualification_question:contains(Industry?) select",
            run: "select Health",
        },
        {trigger: ".o_qualification_question:contains(Industry?) .badge:contains(Met)"},
        {
            trigger: ".o_qualification_new_need",
            run: "edit Speed && press Enter",
        },
        {
            trigger: ".o_qualification_need:contains(Speed) select",
            run: "select confirmed",
        },
        {trigger: "button:contains(Add a commitment)", run: "click"},
        {trigger: ".modal div[name=name] input", run: "edit Demo"},
        {trigger: ".modal .o_form_button_save", run: "click"},
        {trigger: ".o_qualification_commitment:contains(Demo)"},
        {content: "who decides", trigger: "a[name=people]", run: "click"},
        {
            trigger: "div[name=qualification_role_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: "div[name=qualification_role_ids] div[name=partner_id] input",
            run: "edit Ann",
        },
        {trigger: ".o-autocomplete--dropdown-item:contains(Ann)", run: "click"},
        {
            trigger:
                "div[name=qualification_role_ids] div[name=role] :is(select, input)",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Champion)",
            run: "click",
        },
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_button_save:visible))"},
        {
            content: "contact by mail, first ours, then theirs",
            trigger: ".o-mail-Chatter-sendMessage",
            run: "click",
        },
        {trigger: ".o-mail-Composer-input", run: "edit Hello"},
        {trigger: ".o-mail-Composer-send:enabled", run: "click"},
        {trigger: ".o-mail-Message:contains(Hello)", run: receiveReply},
        {trigger: ".o_back_button:contains(Leads)", run: "click"},
        {trigger: ".o_list_view .o_data_row:contains(Ann) .o_data_cell", run: "click"},
        {trigger: ".o_qualification_badges:contains(In touch)"},
        {trigger: ".o_qualification_badges:contains(Ready)"},
        {
            content: "an opportunity",
            trigger: "button:contains(Convert to Opportunity)",
            run: "click",
        },
        {trigger: ".modal button[name=action_apply]", run: "click"},
        {trigger: "body:not(:has(.modal)) .o_form_view .o_statusbar_status"},
        ...openContact,
        {trigger: ".o_lifecycle_badges:contains(Opportunity)"},
        {trigger: "a[name=account]", run: "click"},
        {trigger: ".o_account_last_contact:contains(They wrote: Ann)"},
        {trigger: ".o_account_person:contains(Ann):contains(Champion)"},
        {trigger: ".o_account_need:contains(Speed):contains(Confirmed)"},
        {trigger: ".o_account_fit:contains(100 %)"},
        {
            trigger:
                ".o_account_sheet .o_qualification_question:contains(Industry?) select:value(Health)",
        },
        backToLead,
        {
            content: "won",
            trigger: "button[name=action_set_won_rainbowman]",
            run: "click",
        },
        {trigger: ".o_reward, .ribbon:contains(Won)"},
        ...openContact,
        {trigger: ".o_lifecycle_badges:contains(Customer)"},
        {
            trigger: "button[name=action_open_crm_leads]:contains(Won):contains(1)",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row:contains(Ann)"},
    ],
});
