import {rpc} from "@web/core/network/rpc";
import {addTour} from "./tour_helpers";

const openTab = {trigger: "a[name=qualification]", run: "click"};

addTour("qualification_from_lead_to_opportunity", () => [
    {
        content: "the link of an e-mail opens the lead, with the dialog over it",
        trigger: ".modal li[data-check=contacted][data-state=failed]",
    },
    {trigger: ".modal .btn-close", run: "click"},
    {trigger: "body:not(:has(.modal)) .o_form_view:contains(Tour lead)"},
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
    {
        content: "the dialog has opened anew: the one before asked for a need",
        trigger: ".modal:not(:has(div[name=need_name]))",
    },
    {trigger: ".modal li[data-check=needs_known][data-state=passed]"},
    {trigger: ".modal li[data-check=contacted][data-state=failed]"},
    {
        content: "an open question is answered right here",
        trigger:
            ".modal .o_qualification_question:contains(Budget?) label:contains(Yes)",
        run: "click",
    },
    {trigger: ".modal li[data-check=criteria_met][data-state=passed]"},
    {
        trigger: ".modal div[name=commitment_name] input",
        run: "edit Demo",
    },
    {
        trigger: ".modal div[name=contact_outcome] button:contains(Reached)",
        run: "click",
    },
    {trigger: ".modal button[name=action_apply]", run: "click"},
    {
        content: "it is an opportunity now",
        trigger: "body:not(:has(.modal)) .o_form_view .o_statusbar_status",
    },
    {trigger: ".o_qualification_badges:contains(Passed)"},
]);

addTour("qualification_mass_conversion", () => [
    {
        trigger: ".o_data_row:contains(Tour one) .o_list_record_selector input",
        run: "click",
    },
    {trigger: ".o_cp_action_menus .dropdown-toggle", run: "click"},
    {trigger: ".o-dropdown-item:contains(Convert to opportunities)", run: "click"},
    {trigger: ".modal .o_conversion_passing:contains(1 will be converted)"},
    {
        content: "not only the one: all that match the filter",
        trigger: ".modal [name=scope] input[data-value=filter]",
        run: "click",
    },
    {trigger: ".modal .o_conversion_passing:contains(2 will be converted)"},
    {trigger: ".modal .o_conversion_refused:contains(1 stays a lead)"},
    {
        trigger: ".modal .o_conversion_preview button:contains(Show who)",
        run: "click",
    },
    {trigger: ".modal .o_conversion_examples:contains(Tour bad)"},
    {trigger: ".modal button[name=action_mass_convert]", run: "click"},
    {trigger: ".modal .o_conversion_progress:contains(0 of 3 leads)"},
    {
        content: "how far it is stands there once, not a state that is over by then",
        trigger: ".modal:not(:has(.o_field_widget[name=state]))",
    },
    {trigger: ".modal button[name=action_cancel]", run: "click"},
    {trigger: ".modal .alert:contains(Cancelled)"},
    {trigger: ".modal button[name=action_resume]", run: "click"},
    {
        trigger: ".modal .o_conversion_progress:contains(0 of 3 leads)",
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
        trigger:
            ".modal button[name=action_open_leads]:contains(2):contains(converted)",
    },
    {trigger: "body:not(:has(.modal .o_conversion_progress))"},
    {trigger: ".modal .o_data_row:contains(Tour bad):contains(in touch)"},
    {
        trigger: ".modal .o_conversion_reasons button:contains(Contacted)",
        run: "click",
    },
    {trigger: "body:not(:has(.modal)) .o_data_row:contains(Tour bad)"},
]);

addTour("qualification_sheet", () => [
    {trigger: ".o_qualification_badges:contains(missing)"},
    openTab,
    {
        trigger: ".o_qualification_sheet .o_qualification_new_need",
        run: "edit Speed && press Enter",
    },
    {trigger: ".o_qualification_need:contains(Speed) select:value(confirmed)"},
    {
        trigger: ".o_qualification_sheet li[data-check=needs_known][data-state=passed]",
    },
    {
        trigger: ".o_qualification_question:contains(Size?) label:contains(Medium)",
        run: "click",
    },
    {
        trigger:
            ".o_qualification_question:contains(Size?) .badge:contains(Partly met)",
    },
    {
        trigger: ".o_qualification_new_commitment",
        run: "edit Demo && press Enter",
    },
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
    {
        content: "what they said proves a fact",
        trigger:
            "body:not(:has(.modal)) .o_qualification_need:contains(Speed) .o_prove",
        run: "click",
    },
    {trigger: ".o_qualification_need:contains(Speed) .o_proof", run: "click"},
    {trigger: ".modal:contains(We talked)"},
    {trigger: ".modal .btn-close", run: "click"},
    {
        trigger: "body:not(:has(.modal)) button[name=action_schedule_meeting]",
        run: "click",
    },
    {
        content: "the calendar of this lead",
        trigger: ".o_calendar_view .o_searchview_facet:contains(Tour lead)",
    },
]);

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

addTour("qualification_whole_journey", () => [
    {
        content: "a contact in the sea",
        trigger: ".o_data_row:contains(Ann):contains(In the sea) input",
        run: "click",
    },
    {trigger: "button:contains(Create Leads)", run: "click"},
    {trigger: ".modal .badge:contains(Leads to create: 1)"},
    {trigger: ".modal button[name=action_create_leads]", run: "click"},
    {
        content: "a lead; its next step stands in the list",
        trigger: ".o_data_row:contains(Ann) .o_next_step:contains(Write or call)",
    },
    {
        trigger: ".o_data_row:contains(Ann):contains(Never contacted) .o_data_cell",
        run: "click",
    },
    ...openContact,
    {trigger: ".o_lifecycle_badges:contains(Lead)"},
    {trigger: "button:contains(Leads):contains(1)"},
    backToLead,
    {trigger: ".o_qualification_badges:contains(missing)"},
    {content: "answers", ...openTab},
    {
        trigger: ".o_qualification_question:contains(Budget?) label:contains(Yes)",
        run: "click",
    },
    {trigger: ".o_qualification_question:contains(Budget?) .badge:contains(Met)"},
    {
        trigger: ".o_qualification_question:contains(Industry?) label:contains(Health)",
        run: "click",
    },
    {trigger: ".o_qualification_question:contains(Industry?) .badge:contains(Met)"},
    {
        trigger: ".o_qualification_new_need",
        run: "edit Speed && press Enter",
    },
    {trigger: ".o_qualification_need:contains(Speed) select:value(confirmed)"},
    {
        trigger: ".o_qualification_new_commitment",
        run: "edit Demo && press Enter",
    },
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
        trigger: "div[name=qualification_role_ids] div[name=role] :is(select, input)",
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
            ".o_account_sheet .o_qualification_question:contains(Industry?):has(input[value=Health]:checked)",
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
]);

addTour("qualification_ask_exception", () => [
    {trigger: "button:contains(Convert to Opportunity)", run: "click"},
    {
        content: "who may not override says why somebody else should",
        trigger: ".modal div[name=override_reason] input",
        run: "edit They sign tomorrow",
    },
    {trigger: ".modal button[name=action_ask_exception]", run: "click"},
    {
        content: "it waits for the approver",
        trigger: ".modal div[name=approver_id]:contains(approver)",
    },
    {trigger: ".modal .btn-close", run: "click"},
    {
        content: "the lead says so, and offers a salesperson no answer",
        trigger:
            "body:not(:has(.modal)) .o_qualification_exception:contains(They sign tomorrow):not(:has(button))",
    },
]);

addTour("qualification_grant_exception", () => [
    {trigger: ".o_qualification_exception button:contains(Grant)", run: "click"},
    {trigger: ".modal li[data-check=needs_known][data-state=failed]"},
    {trigger: ".modal div[name=answer] input", run: "edit Just once"},
    {trigger: ".modal button[name=action_answer]:contains(Grant)", run: "click"},
    {trigger: "body:not(:has(.modal)) .o_qualification_badges:contains(Overridden)"},
]);
