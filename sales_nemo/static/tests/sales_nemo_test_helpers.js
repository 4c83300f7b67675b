import {crmModels} from "@crm/../tests/crm_test_helpers";
import {expect} from "@odoo/hoot";
import {defineModels, models, onRpc} from "@web/../tests/web_test_helpers";

/** A model with the fields of the real server. */
function makeServerModel(name) {
    return class extends models.ServerModel {
        _name = name;
    };
}

export const qualificationModels = {
    ...crmModels,
    Answer: makeServerModel("crm.qualification.answer"),
    Backtest: makeServerModel("crm.qualification.backtest"),
    Commitment: makeServerModel("crm.lead.commitment"),
    ConversionJob: makeServerModel("crm.lead.conversion.job"),
    ConvertDialog: makeServerModel("crm.lead2opportunity.partner"),
    Criterion: makeServerModel("crm.qualification.criterion"),
    Decision: makeServerModel("crm.qualification.decision"),
    Lift: makeServerModel("crm.qualification.lift"),
    LogContact: makeServerModel("crm.lead.log.contact"),
    MassConvertDialog: makeServerModel("crm.lead2opportunity.partner.mass"),
    Need: makeServerModel("crm.lead.need"),
    Profile: makeServerModel("crm.qualification.profile"),
    Stage: makeServerModel("crm.stage"),
};

export function defineQualificationModels() {
    return defineModels(qualificationModels);
}

/** A criterion with what is known, as the server sends it; nothing is, by default. */
export function makeQuestion(values) {
    return {
        id: 1,
        answer_id: false,
        answered_by: "",
        choices: [],
        date: false,
        guidance: "",
        has_proof: false,
        is_open: true,
        name: "Budget?",
        required: false,
        requirement: "none",
        scope: "lead",
        state: "unknown",
        type: "yes_no",
        value: "",
        ...values,
    };
}

/** The question about the size of the deal, with choices. */
export function makeSizeQuestion(values) {
    return makeQuestion({
        id: 2,
        name: "Size?",
        type: "choice",
        choices: ["Large", "Medium", "Small"],
        ...values,
    });
}

/** The same with more choices than are all shown. */
export function makeLongQuestion(values) {
    return makeSizeQuestion({
        choices: ["Huge", "Large", "Medium", "Small", "Tiny", "None"],
        ...values,
    });
}

/** Selector of an answer that is shown to be chosen. */
export function pill(question, answer) {
    const pills = `.o_qualification_question:contains(${question}) [role=radiogroup]`;
    return `${pills} label:contains(${answer})`;
}

/** Selector of the answer that is chosen. */
export function chosen(question, value) {
    return `.o_qualification_question:contains(${question}) input:checked[value=${value}]`;
}

/**
 * Lets the server answer a call with a dialog, and notes the call as a step: its method
 * and arguments.
 *
 * @param {String} model
 * @param {String} method
 * @param {Object} action what differs from showing message 1
 */
export function onRpcOpen(model, method, action) {
    onRpc(model, method, ({args}) => {
        expect.step([method, ...args]);
        return {
            type: "ir.actions.act_window",
            res_model: "mail.message",
            res_id: 1,
            views: [[false, "form"]],
            target: "new",
            ...action,
        };
    });
}

/** What somebody said, as a dialog shows it. */
export function defineMessage(body) {
    qualificationModels.MailMessage._records = [{id: 1, body}];
    qualificationModels.MailMessage._views = {
        form: `<form><field name="body"/></form>`,
    };
}
